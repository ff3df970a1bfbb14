//! Enqueueing: the one place that writes into the job queue, always in the caller's transaction.

use serde::Serialize;

use crate::{Result, StoreError, Tx};

/// A job as the queue stores it: a task's name, its payload and how it is coalesced and ordered.
#[derive(Clone, Debug)]
pub struct EnqueuedJob {
    /// Name of the task, for example `derive_service`.
    pub task: &'static str,
    /// Payload.
    pub payload: serde_json::Value,
    /// Jobs of one key that have not started yet become one.
    pub key: Option<JobKey>,
    /// Jobs of one queue run one after the other.
    pub queue: Option<String>,
    /// Not before this delay, in seconds.
    pub delay_seconds: i32,
    /// Tries before it is given up.
    pub max_attempts: i16,
}

/// What makes two waiting jobs the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobKey(pub String);

impl EnqueuedJob {
    /// A job without key, queue or delay, tried 10 times.
    pub fn new(task: &'static str, payload: impl Serialize) -> Result<Self> {
        let payload = serde_json::to_value(payload).map_err(|error| StoreError::Jobs(error.to_string()))?;
        Ok(Self {
            task,
            payload,
            key: None,
            queue: None,
            delay_seconds: 0,
            max_attempts: 10,
        })
    }
}

impl Tx {
    /// Enqueues a job; it exists when this unit of work commits.
    pub async fn enqueue(&mut self, job: EnqueuedJob) -> Result<()> {
        // `preserve_run_at` keeps the earliest time of a waiting job with the same key, so that a busy subject is not
        // put off for ever.
        sqlx::query(
            "select 1 from graphile_worker.add_job($1, payload => $2::json, queue_name => $3,
                 run_at => now() + make_interval(secs => $4), max_attempts => $5::int, job_key => $6,
                 job_key_mode => 'preserve_run_at')",
        )
        .bind(job.task)
        .bind(&job.payload)
        .bind(job.queue)
        .bind(f64::from(job.delay_seconds))
        .bind(i32::from(job.max_attempts))
        .bind(job.key.map(|key| key.0))
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
