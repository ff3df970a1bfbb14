//! Going on without a decision: who may, and who then looks through it.

use chrono::{DateTime, Utc};

use super::{ApprovalRequest, ApprovalState, DecisionError, Review, Subject};
use crate::{
    access::{Action, Denial, authorize},
    actor::Viewer,
    ids::PersonId,
};

/// Why somebody cannot look through what was done without a decision. Every sentence says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The right is missing.
    #[error("{0}")]
    Denied(Denial),
    /// Somebody did already.
    #[error("{0} has reviewed this already; what they said stands with the request")]
    Done(String),
    /// Two people, not one.
    #[error("You went on without a decision here; another approver must review it.")]
    Own,
}

/// Whether somebody can let what waits for a request go on without its decision, now.
///
/// # Errors
/// Why not, in a sentence for them.
pub fn may_break_glass(
    request: &ApprovalRequest,
    subject: &Subject,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<(), DecisionError> {
    if viewer.signed_in().is_none() {
        return Err(DecisionError::NotAPerson);
    }
    authorize(viewer, Action::BreakGlass, &subject.resource()).map_err(DecisionError::Denied)?;
    if request.state != ApprovalState::Pending {
        return Err(DecisionError::Over(request.state));
    }
    if now >= request.deadline {
        return Err(DecisionError::Expired);
    }
    Ok(())
}

/// Whether somebody, by the row that is left of them, can look through what was done without a decision.
///
/// # Errors
/// Why not, in a sentence for them.
pub fn may_review(
    review: &Review,
    subject: &Subject,
    (viewer, person): (&Viewer, PersonId),
) -> Result<(), ReviewError> {
    authorize(viewer, Action::Approve, &subject.resource()).map_err(ReviewError::Denied)?;
    if let Some(reviewed) = &review.reviewed {
        return Err(ReviewError::Done(reviewed.name.clone()));
    }
    if review.broken_by == person {
        return Err(ReviewError::Own);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        access::{Grant, Owned, Role},
        approvals::{ReviewVerdict, Reviewed},
        sight::Audience,
    };

    fn viewer(number: u128, role: Role) -> Viewer {
        let grant = Grant {
            id: Uuid::nil().into(),
            role,
            team: None,
            tiers: Vec::new(),
            classes: Vec::new(),
        };
        Viewer::person(Uuid::from_u128(number).into(), "Ada".to_owned(), vec![grant])
    }

    fn review(reviewed: Option<Reviewed>) -> Review {
        Review {
            request: Uuid::nil().into(),
            broken_by: Uuid::from_u128(1).into(),
            name: "Ada".to_owned(),
            reason: "The shop is down".to_owned(),
            broken_at: DateTime::UNIX_EPOCH,
            due_at: DateTime::UNIX_EPOCH,
            reviewed,
        }
    }

    #[test]
    fn another_approver_reviews_once() {
        let subject = Subject {
            owned: Owned::default(),
            audience: Audience::Everyone,
            is_unclassed: false,
        };
        let may = |review: &Review, number: u128, role: Role| {
            may_review(
                review,
                &subject,
                (&viewer(number, role), Uuid::from_u128(number).into()),
            )
        };
        let open = review(None);
        assert_eq!(may(&open, 2, Role::Approver), Ok(()));
        assert_eq!(may(&open, 1, Role::Admin), Err(ReviewError::Own));
        assert!(matches!(
            may(&open, 2, Role::Developer),
            Err(ReviewError::Denied(_))
        ));
        let done = review(Some(Reviewed {
            name: "Eve".to_owned(),
            verdict: ReviewVerdict::Justified,
            note: "It had to be".to_owned(),
            at: DateTime::UNIX_EPOCH,
        }));
        let why = may(&done, 2, Role::Approver).unwrap_err().to_string();
        assert!(why.starts_with("Eve has reviewed this already"), "{why}");
    }
}
