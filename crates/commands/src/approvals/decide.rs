//! Deciding about a release.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{ApprovalState, Case, Decided, DecisionError, NewDecision, decide, may_decide},
    ids::{ApprovalId, PersonId},
    notifications::Topic,
};
use serde_json::json;
use store::{AuditEntry, DecisionToStore, StoredApproval, Tx};

use super::shared::{end, seen_request, somebody, subject, tell};
use crate::{Commands, Result, access::anywhere};

impl Commands {
    /// Approves or rejects a request. Decisions about one request are taken one after the other, each with what the ones before
    /// it said, so the last that is needed is the last once.
    pub async fn decide(&self, by: &Viewer, id: ApprovalId, new: &NewDecision) -> Result<Decided> {
        anywhere(by, Action::Approve)?;
        let person = somebody(by)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let stored = seen_request(&mut tx, by, id).await?;
        // After the lock, which may have been waited for.
        let now = self.now();
        let decided = self.decided(&mut tx, (&stored, person), new, now).await?;
        let why = new.reason.as_deref();
        let ended = match &decided {
            Decided::Counted(_) => None,
            Decided::Approved(_) => Some((ApprovalState::Approved, None)),
            Decided::Rejected => Some((ApprovalState::Rejected, why)),
        };
        if let Some(ended) = ended {
            end(&mut tx, id, ended, now).await?;
            self.tell_of(&mut tx, id, (Topic::ApprovalDecided, why)).await?;
        }
        let tally = match &decided {
            Decided::Counted(tally) | Decided::Approved(tally) => Some(tally),
            Decided::Rejected => None,
        };
        tell(&mut tx, stored.request.service, now);
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: match &decided {
                Decided::Rejected => "approval.reject",
                Decided::Counted(_) | Decided::Approved(_) => "approval.approve",
            },
            subject: format!("approval:{id}"),
            reason: new.reason.as_deref(),
            before: None,
            after: Some(json!({ "binding": new.binding, "tally": tally })),
        })
        .await?;
        tx.commit().await?;
        Ok(decided)
    }

    /// What comes of a decision, which is written where it can be taken.
    async fn decided(
        &self,
        tx: &mut Tx,
        (stored, person): (&StoredApproval, PersonId),
        new: &NewDecision,
        now: DateTime<Utc>,
    ) -> Result<Decided> {
        let request = &stored.request;
        if request.state != ApprovalState::Pending {
            return Err(DecisionError::Over(request.state).into());
        }
        let about = subject(tx, (request.service, request.environment)).await?;
        let decisions = tx.decisions_of(request.id).await?;
        let person = tx.root_of_person(person).await?;
        let mut people: Vec<PersonId> = decisions.iter().map(|decision| decision.person).collect();
        people.push(person);
        let known = tx.deciders_of(&people).await?;
        let who = known.iter().find(|known| known.person == person);
        let who = who.ok_or(DecisionError::NotAPerson)?;
        let case = Case {
            request,
            subject: &about,
            decisions: &decisions,
            decided: &known,
        };
        let rules = may_decide(&case, who, now)?;
        let decided = decide(&case, who, new, now)?;
        tx.insert_decision(DecisionToStore {
            id: self.id(),
            request: request.id,
            person,
            verdict: new.verdict,
            reason: new.reason.as_deref(),
            rules: &rules,
            binding: new.binding,
            card: &stored.card,
            at: now,
        })
        .await?;
        Ok(decided)
    }
}
