//! Requests that end without a decision: their time is over, or what they were about has changed. What changes is only ever a drive,
//! which voids what was asked about it: a run and a step are of one commit, and of another one only under another key.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalRequest, ApprovalState, frozen},
    notifications::Topic,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{
    covering::asks_nobody_still,
    shared::{end, tell},
};
use crate::{Commands, Result, intake::system};

/// Requests that are ended in one unit of work; more wait for the next.
const AT_ONCE: i64 = 200;

/// What is done where nobody is asked.
pub(super) const BY_POLICY: &str = "approval.approve_by_policy";
/// Why a request is void that a freeze held and that nobody would have been asked about.
const NOT_ANY_MORE: &str =
    "When the freeze was over, the policy would not have let it go without people any more; ask again.";

impl Commands {
    /// Ends the requests whose time is over, and approves those that only a freeze held; gives how many. Tells of reviews whose
    /// time is over too. Run by the clock.
    pub async fn expire_due(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store.begin(&system("fairway")).await?;
        self.tell_of_overdue(&mut tx, now).await?;
        let mut ended = 0;
        for id in tx.approvals_due(now, AT_ONCE).await? {
            let Some(stored) = tx.approval(id).await? else {
                continue;
            };
            let how = match due(&stored.request, now) {
                Some((ApprovalState::Approved, _)) if !asks_nobody_still(&mut tx, &stored, now).await? => {
                    Some((ApprovalState::Void, NOT_ANY_MORE))
                }
                how => how,
            };
            if let Some(how) = how {
                self.end_request(&mut tx, &stored.request, how, now).await?;
                ended += 1;
            }
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends a request with what says why, for the trail and for whatever waits.
    pub(crate) async fn end_request(
        &self,
        tx: &mut Tx,
        request: &ApprovalRequest,
        (state, why): (ApprovalState, &str),
        now: DateTime<Utc>,
    ) -> Result<()> {
        end(tx, request.id, (state, Some(why)), now).await?;
        tell(tx, request.service, now);
        self.tell_of(tx, request.id, (Topic::ApprovalDecided, Some(why)))
            .await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: match state {
                ApprovalState::Void => "approval.void",
                ApprovalState::Expired => "approval.expire",
                ApprovalState::Approved => BY_POLICY,
                _ => "approval.end",
            },
            subject: format!("approval:{}", request.id),
            reason: Some(why),
            before: Some(json!({ "state": request.state })),
            after: Some(json!({ "state": state })),
        })
        .await?;
        Ok(())
    }
}

/// What the clock does to a request that waits.
fn due(request: &ApprovalRequest, now: DateTime<Utc>) -> Option<(ApprovalState, &'static str)> {
    if now >= request.deadline {
        return Some((ApprovalState::Expired, "Nobody decided in time."));
    }
    let is_free = request.needs.asks_nobody() && frozen(&request.freezes, now).is_none();
    is_free.then_some((
        ApprovalState::Approved,
        "The policy asks nobody, and the freeze is over.",
    ))
}
