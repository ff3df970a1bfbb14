//! What waits for somebody: requests that they can decide about, and what was done without a decision that they can look through.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{Case, Review, may_decide, may_review},
    ids::ApprovalId,
};

use crate::{Commands, Result, access::anywhere};

/// Requests that are looked at, the most urgent; whoever has more before them than this decides about those first.
const MOST: i64 = 1_000;

/// What waits for somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitsFor {
    /// Requests that they can decide about, the most urgent first.
    pub decisions: Vec<ApprovalId>,
    /// What was done without a decision and they can review, the most urgent first.
    pub reviews: Vec<Review>,
}

impl WaitsFor {
    /// How much it is.
    pub fn count(&self) -> u64 {
        (self.decisions.len() + self.reviews.len()) as u64
    }
}

impl Commands {
    /// What waits for whoever asks: what they could do now, by the rules that the acts go by.
    pub async fn waits_for(&self, by: &Viewer) -> Result<WaitsFor> {
        // Whoever may decide nowhere is not looked for.
        let person = by.signed_in().filter(|_| anywhere(by, Action::Approve).is_ok());
        let Some(person) = person else {
            return Ok(WaitsFor::default());
        };
        let reads = self.reads_of(by);
        let now = self.now();
        let open = reads.open_requests(now, MOST).await?;
        let reviews = reads.open_reviews(MOST).await?;
        let ids = open.iter().map(|open| open.request.id);
        let ids: Vec<ApprovalId> = ids.chain(reviews.iter().map(|review| review.request)).collect();
        if ids.is_empty() {
            return Ok(WaitsFor::default());
        }
        let Some(decider) = reads.decider(person).await? else {
            return Ok(WaitsFor::default());
        };
        let subjects = reads.approval_subjects(&ids).await?;
        let can_decide = open.iter().filter(|open| {
            subjects.get(&open.request.id).is_some_and(|subject| {
                let case = Case {
                    request: &open.request,
                    subject,
                    decisions: &open.decisions,
                    decided: &[],
                };
                may_decide(&case, &decider, now).is_ok()
            })
        });
        let decisions = can_decide.map(|open| open.request.id).collect();
        let can_review = |review: &Review| {
            let subject = subjects.get(&review.request);
            subject.is_some_and(|subject| may_review(review, subject, (by, decider.person)).is_ok())
        };
        let reviews = reviews.into_iter().filter(can_review).collect();
        Ok(WaitsFor { decisions, reviews })
    }
}
