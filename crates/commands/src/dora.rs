//! Keeping the day rollups of the figures whole. Figures are the same without them; they are only slower.

use chrono::Days;
use domain::actor::Actor;

use crate::{
    Commands, Result,
    jobs::{Job, RefreshDoraDays},
};

/// Days made in one transaction: derivations wait while it holds its lock, so it is kept to a fraction of a second.
const AT_ONCE: u32 = 4;
/// Days made by one run of the job; more of them make another run, so that other jobs get their turn.
const A_RUN: u32 = 60;
/// Today and yesterday are left out: their deployments may not be 24 h old yet.
const SETTLING_DAYS: u64 = 2;

impl Commands {
    /// Makes the rollup rows that are missing, oldest first; says how many. Nothing is missing any more when it is zero.
    /// An observation: writes no audit row.
    pub async fn refresh_dora_days(&self) -> Result<usize> {
        let reads = self.store.reads();
        let zone = reads.organisation().await?.time_zone;
        let (now, system) = (
            self.now(),
            Actor::System {
                name: "fairway".into(),
            },
        );
        let last = now.with_timezone(&zone).date_naive() - Days::new(SETTLING_DAYS);
        let days = reads.dora_days_to_make(zone, last, A_RUN).await?;
        for some in days.chunks(AT_ONCE as usize) {
            let mut tx = self.store.begin(&system).await?;
            tx.make_dora_days(some, zone, now).await?;
            tx.commit().await?;
        }
        if days.len() == A_RUN as usize {
            let mut tx = self.store.begin(&system).await?;
            tx.enqueue(RefreshDoraDays {}.enqueued()?).await?;
            tx.commit().await?;
        }
        Ok(days.len())
    }
}
