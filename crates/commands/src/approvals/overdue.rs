//! Telling that nobody looked in time at what was done without a decision.

use chrono::{DateTime, TimeDelta, Utc};
use domain::notifications::Topic;
use store::Tx;

use crate::{Commands, Result};

/// Of what was due longer ago than this is told no more: it was told, and stands on the page.
const TOLD_WITHIN: TimeDelta = TimeDelta::hours(12);
/// Reviews of which is told in one unit of work; more wait for the next.
const AT_ONCE: i64 = 200;

impl Commands {
    /// Tells of each review that is overdue, once.
    pub(super) async fn tell_of_overdue(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
        for review in tx.reviews_due((now - TOLD_WITHIN, now), AT_ONCE).await? {
            let why = "Nobody has reviewed this within 24 hours; another approver must.";
            let key = format!("approval:{}:overdue", review.request);
            self.tell_as(tx, review.request, (&key, Topic::BreakGlass, Some(why)))
                .await?;
        }
        Ok(())
    }
}
