//! What several commands about approvals need: a request as its viewer sees it, and words for what cannot be decided.

use chrono::{DateTime, Utc};
use domain::{
    access::{Action, authorize},
    actor::Viewer,
    approvals::{ApprovalState, DecisionError, ReviewError, Subject},
    error::FieldErrors,
    ids::{ApprovalId, EnvironmentId, PersonId, ServiceId},
    live::{Change, ChangeKind},
};
use store::{StoredApproval, Tx};

use crate::{
    CommandError, Result,
    access::sees,
    jobs::{FollowApprovals, Job},
};

/// A request that the viewer sees, locked; one that they do not see is answered as if it were not there.
pub(super) async fn seen_request(tx: &mut Tx, by: &Viewer, id: ApprovalId) -> Result<StoredApproval> {
    match tx.approval(id).await? {
        Some(stored) if sees(tx, by, stored.request.service).await? => Ok(stored),
        _ => Err(CommandError::not_found(format!("request {id}"))),
    }
}

/// What a request is, or would be, about.
pub(crate) async fn subject(
    tx: &mut Tx,
    (service, environment): (ServiceId, EnvironmentId),
) -> Result<Subject> {
    let subject = tx.approval_subject(service, environment).await?;
    subject.ok_or_else(|| CommandError::not_found(format!("service {service} or environment {environment}")))
}

/// Refuses an act about a request's service in its environment.
pub(super) fn may(by: &Viewer, action: Action, subject: &Subject) -> Result<()> {
    Ok(authorize(by, action, &subject.resource())?)
}

/// Ends a request, and has what waits for it told.
pub(super) async fn end(
    tx: &mut Tx,
    id: ApprovalId,
    (state, why): (ApprovalState, Option<&str>),
    now: DateTime<Utc>,
) -> Result<()> {
    tx.end_approval(id, state, why, now).await?;
    tx.enqueue(FollowApprovals {}.enqueued()?).await?;
    Ok(())
}

/// Refuses a stranger where others wait for the same release.
pub(super) fn spoilt() -> CommandError {
    let why = "nobody is known by whoever asks, and others wait for the same release: nobody could decide for them any more. Name \
               somebody whom Fairway knows, or have an admin say whose account that is";
    FieldErrors::one("initiator", why).into()
}

/// The person who signed in; nobody else decides.
pub(super) fn somebody(by: &Viewer) -> Result<PersonId> {
    Ok(by.signed_in().ok_or(DecisionError::NotAPerson)?)
}

/// Tells open pages that something about a request of a service is another now.
pub(super) fn tell(tx: &mut Tx, service: ServiceId, now: DateTime<Utc>) {
    tx.note_changes([Change::of_service(ChangeKind::Approval, service)], now);
}

impl From<ReviewError> for CommandError {
    fn from(error: ReviewError) -> Self {
        let why = error.to_string();
        match error {
            ReviewError::Denied(_) | ReviewError::Own => Self::Denied { why },
            ReviewError::Done(_) => Self::Conflict { why },
        }
    }
}

impl From<DecisionError> for CommandError {
    fn from(error: DecisionError) -> Self {
        let why = error.to_string();
        match error {
            DecisionError::NotAPerson
            | DecisionError::Excluded(_)
            | DecisionError::Denied(_)
            | DecisionError::NotAsked(_) => Self::Denied { why },
            DecisionError::Over(_)
            | DecisionError::Expired
            | DecisionError::Changed
            | DecisionError::AlreadyDecided
            | DecisionError::Refused(_)
            | DecisionError::Frozen { .. }
            | DecisionError::Held { .. } => Self::Conflict { why },
            DecisionError::NoReason | DecisionError::NoReasonToReject => {
                FieldErrors::one("reason", why).into()
            }
        }
    }
}
