//! How much waits: in the inbox and in the queue. Read every few seconds for the metrics, so only through small indexes.

use chrono::{DateTime, Utc};

use crate::{Reads, Result};

/// What waits now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that are stored and not yet processed.
    pub deliveries_waiting: i64,
    /// When the oldest of them came.
    pub oldest_waiting: Option<DateTime<Utc>>,
    /// Deliveries that wait for a person.
    pub deliveries_dead: i64,
    /// Jobs that will run.
    pub jobs_waiting: i64,
    /// Jobs that failed as often as they may.
    pub jobs_dead: i64,
    /// Effects that are to be sent.
    pub effects_waiting: i64,
    /// Since when the oldest of them is wanted.
    pub oldest_effect: Option<DateTime<Utc>>,
    /// Effects that wait for a person.
    pub effects_dead: i64,
    /// Audit rows that have no seal yet.
    pub audit_unsealed: i64,
    /// The time of the oldest of them.
    pub oldest_unsealed: Option<DateTime<Utc>>,
}

impl Reads {
    /// What waits now.
    pub async fn backlog(&self) -> Result<Backlog> {
        // Index deliveries_waiting; the queue holds only jobs that are not done.
        let (deliveries_waiting, oldest_waiting): (i64, Option<DateTime<Utc>>) =
            sqlx::query_as("select count(*), min(received_at) from deliveries where status = 'received'")
                .fetch_one(&self.pool)
                .await?;
        let (jobs_waiting, jobs_dead): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where attempts < max_attempts), count(*) filter (where attempts >= max_attempts and locked_at is null)
             from graphile_worker._private_jobs j
             where not exists (select from graphile_worker._private_job_retirements r where r.id = j.id)",
        )
        .fetch_one(&self.pool)
        .await?;
        let (audit_unsealed, oldest_unsealed): (i64, Option<DateTime<Utc>>) =
            sqlx::query_as("select count(*), min(audit_at) from audit_unsealed")
                .fetch_one(&self.pool)
                .await?;
        let (effects_waiting, oldest_effect) = self.effects_waiting().await?;
        Ok(Backlog {
            deliveries_waiting,
            oldest_waiting,
            deliveries_dead: self.dead_deliveries().await?,
            jobs_waiting,
            jobs_dead,
            effects_waiting,
            oldest_effect,
            effects_dead: self.dead_effects().await?,
            audit_unsealed,
            oldest_unsealed,
        })
    }
}
