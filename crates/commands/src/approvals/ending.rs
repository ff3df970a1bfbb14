//! Requests that end without a decision: their time is over, or what they were about has changed.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{ApprovalRequest, ApprovalState, BoundRelease, frozen},
    ids::ApprovalId,
    notifications::Topic,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{
    covering::asks_nobody_still,
    shared::{end, may, seen_request, subject, tell},
};
use crate::{Commands, Result, access::anywhere, intake::system};

/// Requests that are ended in one unit of work; more wait for the next.
const AT_ONCE: i64 = 200;

/// Why a request is void that a freeze held and that nobody would have been asked about.
const NOT_ANY_MORE: &str =
    "When the freeze was over, the policy would not have let it go without people any more; ask again.";

impl Commands {
    /// Voids a request, approved or not, unless it is about exactly this; gives whether it did. What waits for it goes on no more
    /// and asks anew.
    pub async fn void_if_changed(&self, by: &Viewer, id: ApprovalId, release: &BoundRelease) -> Result<bool> {
        anywhere(by, Action::RequestDeploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let stored = seen_request(&mut tx, by, id).await?;
        let request = &stored.request;
        let about = subject(&mut tx, (request.service, request.environment)).await?;
        may(by, Action::RequestDeploy, &about)?;
        let holds = request.state == ApprovalState::Pending || request.state.lets_go_on();
        if !holds || request.binding == release.binding() {
            return Ok(false);
        }
        let why = "What is to be deployed has changed since; a new request asks about that.";
        self.end_request(&mut tx, request, (ApprovalState::Void, why), self.now())
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends the requests whose time is over, and approves those that only a freeze held; gives how many. Run by the clock.
    pub async fn expire_due(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store.begin(&system("fairway")).await?;
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
        if state == ApprovalState::Expired {
            self.tell_of(tx, request.id, (Topic::ApprovalDecided, Some(why)))
                .await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: match state {
                ApprovalState::Void => "approval.void",
                ApprovalState::Expired => "approval.expire",
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
