//! The job queue: enqueueing, always in the caller's transaction, and the jobs that failed.

use chrono::{DateTime, Utc};
use domain::{
    jobs::{FailedJob, FailedJobState},
    page::{Page, Position},
};
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};

use crate::{
    Reads, Result, Store, StoreError, Tx,
    paging::{cursor, push_page},
    sight::Hidden,
};

/// Tries before a job is given up.
const MAX_ATTEMPTS: i16 = 10;

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
            max_attempts: MAX_ATTEMPTS,
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

    /// Whether a job of the same key was given up and waits for a person.
    pub async fn is_given_up(&mut self, job: &EnqueuedJob) -> Result<bool> {
        let Some(JobKey(key)) = &job.key else {
            return Ok(false);
        };
        Ok(sqlx::query_scalar(
            "select exists (select from graphile_worker._private_jobs
                            where key = $1 and attempts >= max_attempts and locked_at is null)",
        )
        .bind(key)
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Puts a failed job back to be run now, with all its attempts; gives its task and what it failed with, or `None` where
    /// no failed job has this id. One that runs is left alone.
    pub async fn retry_failed_job(&mut self, id: i64) -> Result<Option<(String, Option<String>)>> {
        let failed: Option<(String, Option<String>)> = sqlx::query_as(
            "select t.identifier, j.last_error
             from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
             where j.id = $1 and j.locked_at is null and (j.attempts >= j.max_attempts or j.last_error is not null)
             for update of j skip locked",
        )
        .bind(id)
        .fetch_optional(&mut *self.inner)
        .await?;
        if failed.is_some() {
            // A job that was given up early has fewer attempts than it was made with.
            sqlx::query(
                "update graphile_worker._private_jobs
                 set attempts = 0, max_attempts = greatest(max_attempts, $2), run_at = now(), last_error = null
                 where id = $1",
            )
            .bind(id)
            .bind(MAX_ATTEMPTS)
            .execute(&mut *self.inner)
            .await?;
            sqlx::query("select pg_notify('jobs:insert', '{\"count\":1}')")
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(failed)
    }

    /// Lets the waiting jobs of these tasks that were postponed go on now: what they waited for is there again. One that
    /// another of its key was folded into says no error any more, so it is known by its time and its attempts.
    pub async fn hasten_jobs(&mut self, tasks: &[String]) -> Result<u64> {
        let hastened = sqlx::query(
            "update graphile_worker._private_jobs j set run_at = now() from graphile_worker._private_tasks t
             where t.id = j.task_id and t.identifier = any($1) and j.locked_at is null and j.attempts = 0
               and j.run_at > now()",
        )
        .bind(tasks)
        .execute(&mut *self.inner)
        .await?;
        Ok(hastened.rows_affected())
    }

    /// Removes the given-up jobs of a task that are about this delivery: another one takes their place.
    pub async fn drop_dead_jobs_of_delivery(&mut self, task: &str, delivery: &str) -> Result<()> {
        sqlx::query(
            "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
             where t.id = j.task_id and t.identifier = $1 and j.payload ->> 'id' = $2
               and j.attempts >= j.max_attempts and j.locked_at is null",
        )
        .bind(task)
        .bind(delivery)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Removes the waiting jobs of a task whose deliveries were processed by somebody else; gives how many.
    pub async fn drop_jobs_of_done_deliveries(&mut self, task: &str) -> Result<u64> {
        let dropped = sqlx::query(
            "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
             where t.id = j.task_id and t.identifier = $1 and j.locked_at is null and exists
                 (select from deliveries d
                  where d.id = (j.payload ->> 'id')::uuid and d.received_at = (j.payload ->> 'received_at')::timestamptz
                    and d.status <> 'received')",
        )
        .bind(task)
        .execute(&mut *self.inner)
        .await?;
        Ok(dropped.rows_affected())
    }
}

impl Store {
    /// Lets a running job, which is about to fail, wait until a time and start afresh then: what it met was no fault of its
    /// own, so it counts as no attempt.
    pub async fn postpone_job(&self, id: i64, until: DateTime<Utc>) -> Result<()> {
        sqlx::query("update graphile_worker._private_jobs set run_at = $2, attempts = 0 where id = $1")
            .bind(id)
            .bind(until)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Lets a running job, which is about to fail, be dead: trying again cannot help until somebody changes something.
    pub async fn give_up_job(&self, id: i64) -> Result<()> {
        sqlx::query("update graphile_worker._private_jobs set max_attempts = attempts where id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Jobs that failed, with what they are about. A delivery's job is left out: the delivery itself says how it stands. So is
/// one that was retired because another of its key took its place: what it was about is that one's now.
const FAILED: &str = "select * from (
        select j.id, t.identifier as task, j.attempts::int as attempts, j.last_error as error,
               j.created_at as enqueued_at, j.run_at, j.attempts >= j.max_attempts as dead,
               s.id as service_id, r.id as repository_id,
               coalesce(s.slug,
                   r.owner || '/' || r.name || coalesce('#' || (j.payload ->> 'number'),
                       ' ' || left(j.payload ->> 'base', 7) || '…' || left(j.payload ->> 'head', 7),
                       ' ' || (j.payload ->> 'path'), ''),
                   left(nullif(j.payload::text, '{}'), 200)) as subject
        from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
        left join services s on s.id::text = j.payload ->> 'service'
        left join repositories r on r.id::text = j.payload ->> 'repository'
        where j.locked_at is null and (j.attempts >= j.max_attempts or j.last_error is not null)
          and t.identifier <> 'process_delivery'
          and not exists (select from graphile_worker._private_job_retirements r where r.id = j.id)) f
    where true";

#[derive(sqlx::FromRow)]
struct FailedJobRow {
    id: i64,
    task: String,
    subject: Option<String>,
    attempts: i32,
    error: Option<String>,
    enqueued_at: DateTime<Utc>,
    run_at: DateTime<Utc>,
    dead: bool,
}

impl From<FailedJobRow> for FailedJob {
    fn from(row: FailedJobRow) -> Self {
        Self {
            id: row.id,
            task: row.task,
            subject: row.subject,
            state: if row.dead {
                FailedJobState::Dead
            } else {
                FailedJobState::Waiting
            },
            attempts: row.attempts,
            error: row.error.map(in_words),
            enqueued_at: row.enqueued_at,
            next_try_at: (!row.dead).then_some(row.run_at),
        }
    }
}

/// What a job failed with, without the quotes and the name of its type that the queue puts around it.
pub(crate) fn in_words(error: String) -> String {
    let quoted = error
        .strip_prefix("TaskError(")
        .and_then(|rest| rest.strip_suffix(')'));
    quoted
        .and_then(|quoted| serde_json::from_str(quoted).ok())
        .unwrap_or(error)
}

impl Reads {
    /// A page of the jobs whose last attempt failed, newest first.
    pub async fn failed_jobs(
        &self,
        state: Option<FailedJobState>,
        position: &Position,
        size: u32,
    ) -> Result<Page<FailedJob>> {
        let mut query = QueryBuilder::<Postgres>::new(FAILED);
        self.push_seen_or_null(&mut query, "service_id", Hidden::Services);
        self.push_seen_or_null(&mut query, "repository_id", Hidden::Repositories);
        if let Some(state) = state {
            query
                .push(" and dead = ")
                .push_bind(state == FailedJobState::Dead);
        }
        push_page::<i64>(&mut query, ("enqueued_at", "id"), position, size)?;
        let rows: Vec<FailedJobRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(Into::into).collect();
        Ok(Page::of(rows, size, position, |job: &FailedJob| {
            cursor(job.enqueued_at, job.id)
        }))
    }

    /// Whether a failed job is about nothing hidden; whoever sees everything finds out themselves whether it is there.
    pub async fn is_job_seen(&self, id: i64) -> Result<bool> {
        if self.sight().is_everything() {
            return Ok(true);
        }
        let mut query = QueryBuilder::<Postgres>::new("select count(*) from (");
        query.push(FAILED);
        self.push_seen_or_null(&mut query, "service_id", Hidden::Services);
        self.push_seen_or_null(&mut query, "repository_id", Hidden::Repositories);
        query.push(" and id = ").push_bind(id).push(") seen");
        let count: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(count > 0)
    }

    /// How many jobs are in each state, of those that failed.
    pub async fn failed_job_counts(&self) -> Result<Vec<(FailedJobState, i64)>> {
        let (dead, waiting): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where j.attempts >= j.max_attempts),
                    count(*) filter (where j.attempts < j.max_attempts and j.last_error is not null)
             from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
             where j.locked_at is null and (j.attempts >= j.max_attempts or j.last_error is not null)
               and t.identifier <> 'process_delivery'
               and not exists (select from graphile_worker._private_job_retirements r where r.id = j.id)",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(vec![
            (FailedJobState::Dead, dead),
            (FailedJobState::Waiting, waiting),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn errors_are_read_as_they_were_written() {
        for (stored, read) in [
            (
                r#"TaskError("the token may not read \"a\"")"#,
                r#"the token may not read "a""#,
            ),
            ("the worker died", "the worker died"),
            ("TaskError(", "TaskError("),
        ] {
            assert_eq!(in_words(stored.to_owned()), read);
        }
    }
}
