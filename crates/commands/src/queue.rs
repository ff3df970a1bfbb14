//! Jobs that failed: what becomes of them by themselves, and trying again when a person says so. And what goes when it is
//! old.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{access::Action, actor::Viewer, verify::SAMPLES_KEPT};
use serde_json::json;
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::whole};

/// How long a request can be sent again with its key; the API's document says so.
const REQUESTS_REMEMBERED: TimeDelta = TimeDelta::weeks(1);
/// How long a job that was given up stays to be looked at.
const DEAD_JOBS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long effects that were sent or given up stay to be looked at; as long, their keys give no second one.
const EFFECTS_KEPT: TimeDelta = TimeDelta::days(90);
/// How long an open page can resume where it stopped; one that slept longer looks anew.
const LIVE_EVENTS_KEPT: TimeDelta = TimeDelta::days(1);

impl Commands {
    /// Runs a failed job again, with all its attempts.
    pub async fn retry_job(&self, by: &Viewer, id: i64) -> Result<()> {
        whole(by, Action::RetryJob)?;
        let missing = || CommandError::not_found(format!("failed job {id}; it runs now, or is done"));
        if !self.reads_of(by).is_job_seen(id).await? {
            return Err(missing());
        }
        let mut tx = self.store.begin(by.actor()).await?;
        let Some((task, error)) = tx.retry_failed_job(id).await? else {
            return Err(missing());
        };
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "job.retry",
            subject: format!("job:{id}"),
            reason: None,
            before: Some(json!({ "task": task, "error": error })),
            after: None,
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets a running job, which is about to fail, wait until a time; it counts as no attempt.
    pub async fn postpone_job(&self, id: i64, until: DateTime<Utc>) -> Result<()> {
        Ok(self.store.postpone_job(id, until).await?)
    }

    /// Lets a running job, which is about to fail, be dead and wait for a person.
    pub async fn give_up_job(&self, id: i64) -> Result<()> {
        Ok(self.store.give_up_job(id).await?)
    }

    /// Drops what is kept for a time only and is older: bodies of deliveries, keys of requests, jobs that were given up, samples
    /// that nothing was decided by. Run by the clock. Gives how many deliveries went.
    pub async fn drop_old(&self) -> Result<i64> {
        let now = self.now();
        let dropped = self
            .store
            .drop_deliveries_before(now - self.deliveries_kept)
            .await?;
        self.store
            .drop_idempotency_keys_before(now - REQUESTS_REMEMBERED)
            .await?;
        self.store.drop_dead_jobs_before(now - DEAD_JOBS_KEPT).await?;
        self.store.drop_effects_before(now - EFFECTS_KEPT).await?;
        self.store.drop_verify_samples_before(now - SAMPLES_KEPT).await?;
        self.store.drop_ended_sessions(now).await?;
        self.store.drop_exchanged(now).await?;
        self.store.prune_live_events(now - LIVE_EVENTS_KEPT).await?;
        if dropped > 0 {
            tracing::info!(dropped, "old deliveries were dropped; their keys stay");
        }
        Ok(dropped)
    }
}
