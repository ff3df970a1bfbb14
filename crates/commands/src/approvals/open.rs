//! Asking for a decision.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{ApprovalState, NewApproval, Party, Policy, Subject, Target, choose, evaluate},
    error::FieldErrors,
    ids::ApprovalId,
    notifications::Topic,
};
use serde_json::{Value, json};
use store::{ApprovalToStore, AuditEntry, StoredApproval, Tx};

use super::{
    covering::{covering, is_worse_now},
    ending::BY_POLICY,
    shared::{end, may, spoilt, subject, tell},
    upstreams::Promoted,
};
use crate::{
    CommandError, Commands, Result,
    access::{anywhere, sees},
};

/// The request that something waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Which.
    pub id: ApprovalId,
    /// Where it stands.
    pub state: ApprovalState,
    /// Whether it was opened now; one that covers the same release is joined.
    pub is_new: bool,
}

impl Commands {
    /// Asks for a decision about a release, as the policy that fits says, and lets the gate wait for it. A request that covers the
    /// same release is joined; the same gate again is the same request. Where the policy asks nobody it is approved at once, but
    /// not during a freeze.
    pub async fn open_request(&self, by: &Viewer, new: &NewApproval) -> Result<Opened> {
        anywhere(by, Action::RequestDeploy)?;
        if !new.release.names_artifact() {
            let message =
                "name the commit, the image's digest or the plan; nobody can approve what is not named";
            return Err(FieldErrors::one("sha", message).into());
        }
        let mut tx = self.store.begin(by.actor()).await?;
        let release = &new.release;
        if !sees(&mut tx, by, release.service).await? {
            return Err(CommandError::not_found(format!("service {}", release.service)));
        }
        let about = subject(&mut tx, (release.service, release.environment)).await?;
        may(by, Action::RequestDeploy, &about)?;
        let opened = self.open_gate_in(&mut tx, new, &about).await?;
        let opened = opened.ok_or_else(spoilt)?;
        tx.commit().await?;
        Ok(opened)
    }

    /// The same in a unit of work that the caller commits, who has seen that it may be asked. `None` where a stranger asks and others
    /// wait for the same release: nothing is written then.
    pub(crate) async fn open_gate_in(
        &self,
        tx: &mut Tx,
        new: &NewApproval,
        about: &Subject,
    ) -> Result<Option<Opened>> {
        tx.lock_opening(&new.release).await?;
        match known_gate(tx, new).await? {
            Some(known) => Ok(Some(known)),
            None => self.open_in(tx, new, about).await,
        }
    }

    /// The same in the unit of work of whatever comes to wait, which has locked the place and is new there.
    pub(crate) async fn open_in(
        &self,
        tx: &mut Tx,
        new: &NewApproval,
        about: &Subject,
    ) -> Result<Option<Opened>> {
        let release = &new.release;
        let now = self.now();
        let initiators = if new.initiators.is_empty() {
            let actor = tx.actor().clone();
            vec![tx.initiator(&actor).await?]
        } else {
            new.initiators.clone()
        };
        let promoted = Promoted::of(tx, new).await?;
        let stored = covering(tx, (&promoted, about), &initiators, now).await?;
        if stored
            .as_ref()
            .is_some_and(|stored| stored.request.is_spoilt_by(&initiators))
        {
            return Ok(None);
        }
        let opened = match self.joined(tx, &promoted, stored, now).await? {
            Some(stored) => join(tx, &stored, &initiators).await?,
            None => self.open(tx, &promoted, (about, initiators), now).await?,
        };
        tx.insert_gate(self.id(), opened.id, &new.gate, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "approval.request",
            subject: format!("approval:{}", opened.id),
            reason: None,
            before: None,
            after: Some(json!({
                "gate": new.gate.key, "binding": release.binding(), "state": opened.state, "opened": opened.is_new,
            })),
        })
        .await?;
        tell(tx, release.service, now);
        Ok(Some(opened))
    }

    /// The request that is joined, where one covers the release; `None` where a new one is opened. What was refused because it had
    /// not been upstream is asked anew once it has, and so is what more is known to be wrong with than people see.
    async fn joined(
        &self,
        tx: &mut Tx,
        promoted: &Promoted,
        stored: Option<StoredApproval>,
        now: DateTime<Utc>,
    ) -> Result<Option<StoredApproval>> {
        let Some(waiting) = stored else {
            return Ok(None);
        };
        let why = if promoted.lifts(&waiting) {
            "The release has succeeded upstream since; it is asked about anew."
        } else if is_worse_now(tx, &waiting, &promoted.new, now).await? {
            "More is known to be wrong with the release since; it is asked about anew."
        } else {
            return Ok(Some(waiting));
        };
        self.end_request(tx, &waiting.request, (ApprovalState::Void, why), now)
            .await?;
        Ok(None)
    }

    async fn open(
        &self,
        tx: &mut Tx,
        promoted: &Promoted,
        (about, mut parties): (&Subject, Vec<Party>),
        now: DateTime<Utc>,
    ) -> Result<Opened> {
        let new = &promoted.new;
        let mut evidence = tx.evidence(new, now).await?;
        evidence.card.is_unclassed = about.is_unclassed;
        let policies = tx.policies().await?;
        let target = Target {
            tier: about.owned.tier,
            class: about.class_for_policy(),
            risk: evidence.card.risk,
        };
        let unwritten = Policy::unwritten();
        let policy = choose(&policies, &target).map_or(&unwritten, |stored| &stored.policy);
        let mut asked = evaluate(policy, &evidence.card.facts, now);
        asked.needs.refused = asked.needs.refused.or_else(|| promoted.missing.clone());
        if policy.excludes_authors {
            parties.extend(evidence.authors);
        }
        let id: ApprovalId = self.id();
        tx.insert_approval(ApprovalToStore {
            id,
            release: &new.release,
            version: new.version.as_deref(),
            policy,
            needs: &asked.needs,
            card: &evidence.card,
            parties: &parties,
            at: now,
        })
        .await?;
        let state = if asked.lets_go_on() {
            let after = json!({ "policy": policy.name, "binding": new.release.binding() });
            self.approve_by_policy(tx, id, after, now).await?;
            ApprovalState::Approved
        } else {
            self.tell_of(tx, id, (Topic::ApprovalRequested, None)).await?;
            ApprovalState::Pending
        };
        Ok(Opened {
            id,
            state,
            is_new: true,
        })
    }

    /// Approves what the policy asks nobody about. People hear of what they were asked: of this nobody was.
    async fn approve_by_policy(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        after: Value,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let why = "The policy asks nobody.";
        end(tx, id, (ApprovalState::Approved, Some(why)), now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: BY_POLICY,
            subject: format!("approval:{id}"),
            reason: Some(why),
            before: None,
            after: Some(after),
        })
        .await?;
        Ok(())
    }
}

/// Whoever asks for the same release has a part in it too.
async fn join(tx: &mut Tx, stored: &StoredApproval, initiators: &[Party]) -> Result<Opened> {
    tx.put_parties(stored.request.id, initiators).await?;
    Ok(Opened {
        id: stored.request.id,
        state: stored.request.state,
        is_new: false,
    })
}

/// The request that a gate waits for already. A gate whose release has changed is told so: what waits for it is another thing.
async fn known_gate(tx: &mut Tx, new: &NewApproval) -> Result<Option<Opened>> {
    let Some(id) = tx.request_of_gate(&new.gate.key).await? else {
        return Ok(None);
    };
    let Some(stored) = tx.approval(id).await? else {
        return Ok(None);
    };
    if stored.request.binding != new.release.binding() {
        return Err(CommandError::Conflict {
            why: "what waits under this key was another release; ask under a new key".into(),
        });
    }
    Ok(Some(Opened {
        id,
        state: stored.request.state,
        is_new: false,
    }))
}
