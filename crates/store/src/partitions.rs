//! Tables that grow without end: their monthly partitions, and what goes when it is old.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{Result, Store};

/// How many months, from the given one on, have a partition.
const MONTHS_AHEAD: i32 = 3;

impl Store {
    /// Makes the partitions of this month and the next ones, and protects those of the audit trail; does nothing where they exist.
    pub async fn ensure_partitions(&self, today: NaiveDate) -> Result<()> {
        for table in [
            "deliveries",
            "security_events",
            "audit",
            "audit_seals",
            "live_events",
            "verify_samples",
        ] {
            sqlx::query("select ensure_month_partitions($1::text::regclass, $2, $3)")
                .bind(table)
                .bind(today)
                .bind(MONTHS_AHEAD)
                .execute(&self.pool)
                .await?;
        }
        sqlx::query("select protect_audit()").execute(&self.pool).await?;
        Ok(())
    }

    /// Drops the bodies of deliveries that came before `cutoff` and were processed, months that are over as whole partitions.
    /// Keys stay, so that what is sent again is still known. Gives how many.
    pub async fn drop_deliveries_before(&self, cutoff: DateTime<Utc>) -> Result<i64> {
        Ok(sqlx::query_scalar("select drop_deliveries_before($1)")
            .bind(cutoff)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Forgets the requests whose key was first used before `cutoff`.
    pub async fn drop_idempotency_keys_before(&self, cutoff: DateTime<Utc>) -> Result<u64> {
        // Index idempotency_keys_by_age.
        let dropped = sqlx::query("delete from idempotency_keys where created_at < $1")
            .bind(cutoff)
            .execute(&self.pool)
            .await?;
        Ok(dropped.rows_affected())
    }

    /// Forgets jobs that are dead and last failed before `cutoff`, and those whose place another one took.
    pub async fn drop_dead_jobs_before(&self, cutoff: DateTime<Utc>) -> Result<u64> {
        let dropped = sqlx::query(
            "delete from graphile_worker._private_jobs j
             where attempts >= max_attempts and locked_at is null
               and (run_at < $1 or exists (select from graphile_worker._private_job_retirements r where r.id = j.id))",
        )
        .bind(cutoff)
        .execute(&self.pool)
        .await?;
        Ok(dropped.rows_affected())
    }
}
