//! Going on without the decision that a policy asks for, and the second person who looks at that.

use chrono::TimeDelta;
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{ApprovalState, ReviewVerdict, may_break_glass, may_review},
    audit::parse_reason,
    ids::ApprovalId,
    notifications::Topic,
};
use serde_json::json;
use store::AuditEntry;

use super::shared::{end, seen_request, somebody, subject, tell};
use crate::{CommandError, Commands, Result, access::anywhere};

/// How long another person has to look at it.
const REVIEWED_IN: TimeDelta = TimeDelta::hours(24);

impl Commands {
    /// Lets what waits for a request go on without its decision, with a reason: also during a freeze, and where the policy refuses
    /// it. Another person must review that within 24 hours.
    pub async fn break_glass(&self, by: &Viewer, id: ApprovalId, reason: &str) -> Result<()> {
        anywhere(by, Action::BreakGlass)?;
        let person = somebody(by)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let stored = seen_request(&mut tx, by, id).await?;
        let request = &stored.request;
        let about = subject(&mut tx, (request.service, request.environment)).await?;
        let now = self.now();
        may_break_glass(request, &about, by, now)?;
        let due_at = now + REVIEWED_IN;
        tx.insert_review(id, person, &reason, (now, due_at)).await?;
        end(&mut tx, id, (ApprovalState::Bypassed, Some(&reason)), now).await?;
        self.tell_of(&mut tx, id, (Topic::BreakGlass, Some(&reason)))
            .await?;
        tell(&mut tx, request.service, now);
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "approval.break_glass",
            subject: format!("approval:{id}"),
            reason: Some(&reason),
            before: Some(json!({ "state": request.state })),
            after: Some(
                json!({ "state": ApprovalState::Bypassed, "binding": request.binding, "review_due": due_at }),
            ),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Says, as another person than the one who broke the glass, whether that had to be.
    pub async fn review_break_glass(
        &self,
        by: &Viewer,
        id: ApprovalId,
        verdict: ReviewVerdict,
        note: &str,
    ) -> Result<()> {
        anywhere(by, Action::Approve)?;
        let person = somebody(by)?;
        let note = parse_reason(note)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let stored = seen_request(&mut tx, by, id).await?;
        let about = subject(&mut tx, (stored.request.service, stored.request.environment)).await?;
        let review = tx.review_of(id).await?;
        let review = review.ok_or_else(|| CommandError::not_found(format!("review of request {id}")))?;
        let person = tx.root_of_person(person).await?;
        may_review(&review, &about, (by, person))?;
        let now = self.now();
        tx.complete_review(id, person, (verdict, &note), now).await?;
        tell(&mut tx, stored.request.service, now);
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "approval.review",
            subject: format!("approval:{id}"),
            reason: Some(&note),
            before: None,
            after: Some(json!({ "verdict": verdict, "late": now > review.due_at })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
