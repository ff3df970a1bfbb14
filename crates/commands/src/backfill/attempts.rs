//! Telling the attempts of a workflow run apart where its deployments were read from lists: on whichever pages they stood,
//! and whichever of them an event told.

use std::collections::BTreeSet;

use domain::backfill::{HistoryRows, JobAttempts};
use store::Tx;

use crate::{
    Commands, Result,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// The runs on a page that deployed to one environment several times, there or before, with an attempt that is not
    /// known: what their jobs tell is to be asked for.
    pub(super) async fn runs_to_tell(&self, rows: &HistoryRows) -> Result<Vec<i64>> {
        let deployments = rows.of_runs();
        if deployments.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.reads().runs_to_tell(&deployments).await?)
    }

    /// Notes what is told of deployments that were stored before, and places them again. They are those of a page before,
    /// so the caller stores its own page first.
    pub(super) async fn tell_stored_attempts(&self, tx: &mut Tx, attempts: &JobAttempts) -> Result<()> {
        let mut services = BTreeSet::new();
        for run in attempts.0.keys() {
            for stored in tx.untold_deployments_of_run(*run).await? {
                let logs = stored.log_urls.iter().map(String::as_str);
                let Some(attempt) = attempts.of_logs(*run, logs) else {
                    continue;
                };
                tx.tell_run_attempt(stored.github_id, attempt).await?;
                services.extend(self.place_deployment(tx, stored.github_id).await?);
            }
        }
        for service in services {
            tx.enqueue(DeriveService { service }.enqueued()?).await?;
        }
        Ok(())
    }
}
