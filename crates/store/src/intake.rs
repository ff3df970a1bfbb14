//! The inbox: deliveries as received, the state of their processing, and what looked like an attack on the way in.

mod list;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{
    ids::DeliveryId,
    intake::{DeliveryStatus, NewDelivery},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, Store, StoreError, Tx, jobs::in_words};

/// Tries of the queue, more than the inbox itself counts: that count says when a delivery is dead.
const MAX_ATTEMPTS: i16 = 25;

/// The whole intake in one statement: the key decides whether a delivery is new, and row and job exist only with it. Keys
/// are taken in one order, so that two statements with the same deliveries wait for each other instead of locking up.
///
/// The job goes into the queue's table without its function `add_job`, which notifies inside the transaction: PostgreSQL
/// makes notifying transactions commit one after the other, a third of the throughput. [`Store::wake_workers`] follows.
const INSERT_DELIVERIES: &str = "
    with new as materialized (
        select * from unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::timestamptz[], $6::text[], $7::bytea[], $8::json[])
            as new (source, delivery_id, body_sha256, id, received_at, event, body, payload)
    ), key as (
        insert into delivery_keys (source, delivery_id, body_sha256, id, received_at)
        select source, delivery_id, body_sha256, id, received_at from new order by source, delivery_id
        on conflict (source, delivery_id) do nothing
        returning id
    ), stored as (
        insert into deliveries (id, received_at, source, delivery_id, event, body)
        select id, received_at, source, delivery_id, event, body from new join key using (id)
    ), job as (
        insert into graphile_worker._private_jobs (task_id, payload, max_attempts)
        select (select id from graphile_worker._private_tasks where identifier = $9), payload, $10 from new join key using (id)
    )
    select id from key";

/// A delivery with everything that its storing needs.
#[derive(Debug)]
pub struct DeliveryToStore<'a> {
    /// Fairway's id.
    pub id: DeliveryId,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// What arrived.
    pub delivery: &'a NewDelivery,
    /// SHA-256 of the body.
    pub body_sha256: [u8; 32],
    /// What the task that processes it needs.
    pub payload: Value,
}

/// How the inbox took a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is new, and its job waits.
    New,
    /// The same delivery is there already.
    Duplicate,
    /// Another body is there under the same id.
    OtherBody,
}

/// A stored delivery as its job needs it.
#[derive(Debug)]
pub struct StoredDelivery {
    /// The event's name.
    pub event: String,
    /// The body as signed.
    pub body: Vec<u8>,
    /// How far it came.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i32,
}

/// A delivery that waits while no job of the queue will ever take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrandedDelivery {
    /// Which.
    pub id: DeliveryId,
    /// The partition that it is in.
    pub received_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// What its job failed with at last; nothing where the job is gone.
    pub job_error: Option<String>,
}

/// How processing ended, for the delivery's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOutcome<'a> {
    /// The new state; `Received` when it will be tried again.
    pub status: DeliveryStatus,
    /// The event's action.
    pub action: Option<&'a str>,
    /// `owner/name`.
    pub repository: Option<&'a str>,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Stores deliveries, each with its job of `task`, or says which are known. One statement, committed when this returns;
    /// the answers are in the deliveries' order.
    pub async fn insert_deliveries(&self, task: &str, new: &[DeliveryToStore<'_>]) -> Result<Vec<Stored>> {
        let fresh = match self.try_insert_deliveries(task, new).await {
            // The queue meets this task for the first time and has no row for it yet.
            Err(StoreError::Db(sqlx::Error::Database(error))) if error.code().as_deref() == Some("23502") => {
                sqlx::query("insert into graphile_worker._private_tasks (identifier) values ($1) on conflict do nothing")
                    .bind(task)
                    .execute(&self.pool)
                    .await?;
                self.try_insert_deliveries(task, new).await?
            }
            other => other?,
        };
        let mut stored = Vec::with_capacity(new.len());
        for one in new {
            let is_new = fresh.contains(&one.id.0);
            stored.push(if is_new {
                Stored::New
            } else {
                self.known(one).await?
            });
        }
        Ok(stored)
    }

    /// The ids of those that are new.
    async fn try_insert_deliveries(&self, task: &str, new: &[DeliveryToStore<'_>]) -> Result<HashSet<Uuid>> {
        let texts = |text: fn(&NewDelivery) -> &String| -> Vec<&str> {
            new.iter().map(|one| text(one.delivery).as_str()).collect()
        };
        let ids = sqlx::query_scalar(INSERT_DELIVERIES)
            .bind(texts(|delivery| &delivery.source))
            .bind(texts(|delivery| &delivery.delivery_id))
            .bind(
                new.iter()
                    .map(|one| one.body_sha256.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(new.iter().map(|one| one.id.0).collect::<Vec<_>>())
            .bind(new.iter().map(|one| one.received_at).collect::<Vec<_>>())
            .bind(texts(|delivery| &delivery.event))
            .bind(
                new.iter()
                    .map(|one| one.delivery.body.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(new.iter().map(|one| &one.payload).collect::<Vec<_>>())
            .bind(task)
            .bind(MAX_ATTEMPTS)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids.into_iter().collect())
    }

    /// How one that is not new compares with what came before it, perhaps in the same statement.
    async fn known(&self, one: &DeliveryToStore<'_>) -> Result<Stored> {
        let known = self
            .body_sha256(&one.delivery.source, &one.delivery.delivery_id)
            .await?;
        Ok(if known == one.body_sha256 {
            Stored::Duplicate
        } else {
            Stored::OtherBody
        })
    }

    async fn body_sha256(&self, source: &str, delivery_id: &str) -> Result<Vec<u8>> {
        let known = sqlx::query_scalar!(
            "select body_sha256 from delivery_keys where source = $1 and delivery_id = $2",
            source,
            delivery_id
        );
        Ok(known.fetch_one(&self.pool).await?)
    }

    /// Tells waiting workers that there is something to do. They would find it by themselves within a second.
    pub async fn wake_workers(&self) -> Result<()> {
        sqlx::query("select pg_notify('jobs:insert', '{\"count\":1}')")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes something that looks like an attack or a misconfigured sender.
    pub async fn insert_security_event(
        &self,
        id: Uuid,
        at: DateTime<Utc>,
        (kind, source): (&str, &str),
        detail: &Value,
    ) -> Result<()> {
        sqlx::query!(
            "insert into security_events (id, at, kind, source, detail) values ($1, $2, $3, $4, $5)",
            id,
            at,
            kind,
            source,
            detail
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Tx {
    /// A delivery and its body, locked until this unit of work ends, so that two jobs never work on it at once.
    pub async fn delivery_to_process(
        &mut self,
        id: DeliveryId,
        received_at: DateTime<Utc>,
    ) -> Result<Option<StoredDelivery>> {
        let row = sqlx::query!(
            "select event, body, status, attempts from deliveries where id = $1 and received_at = $2 for no key update",
            id.0,
            received_at
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|row| {
            Ok(StoredDelivery {
                status: status_of(&row.status, id)?,
                event: row.event,
                body: row.body,
                attempts: row.attempts,
            })
        })
        .transpose()
    }

    /// Writes how an attempt to process a delivery ended.
    pub async fn finish_delivery(
        &mut self,
        id: DeliveryId,
        received_at: DateTime<Utc>,
        outcome: &DeliveryOutcome<'_>,
    ) -> Result<()> {
        let done = outcome.status != DeliveryStatus::Received;
        sqlx::query!(
            "update deliveries set status = $3, action = coalesce($4, action), repository = coalesce($5, repository),
                 error = $6, attempts = attempts + 1, processed_at = $7
             where id = $1 and received_at = $2",
            id.0,
            received_at,
            outcome.status.as_str(),
            outcome.action,
            outcome.repository,
            outcome.error,
            done.then_some(outcome.at)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Up to `most` deliveries that came before `cutoff`, still wait, and whose job of `task` is gone or was given up, oldest
    /// first, each locked. Those that another unit of work holds are left out.
    pub async fn stranded_deliveries(
        &mut self,
        task: &str,
        cutoff: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<StrandedDelivery>> {
        let rows: Vec<(Uuid, DateTime<Utc>, i32, Option<String>)> = sqlx::query_as(
            "with jobs as materialized (
                 select j.payload ->> 'id' as delivery, j.last_error,
                        j.attempts < j.max_attempts or j.locked_at is not null as lives
                 from graphile_worker._private_jobs j
                 where j.task_id = (select id from graphile_worker._private_tasks where identifier = $1)
             )
             select d.id, d.received_at, d.attempts,
                    (select max(jobs.last_error) from jobs where jobs.delivery = d.id::text)
             from deliveries d
             where d.status = 'received' and d.received_at < $2
               and not exists (select from jobs where jobs.delivery = d.id::text and jobs.lives)
             order by d.received_at limit $3
             for no key update of d skip locked",
        )
        .bind(task)
        .bind(cutoff)
        .bind(most)
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, received_at, attempts, job_error)| StrandedDelivery {
                id: id.into(),
                received_at,
                attempts,
                job_error: job_error.map(in_words),
            })
            .collect())
    }

    /// Puts a delivery back to be processed again; gives when it was received and the state it had, or `None` where there
    /// is no such delivery.
    pub async fn reset_delivery(
        &mut self,
        id: DeliveryId,
    ) -> Result<Option<(DateTime<Utc>, DeliveryStatus)>> {
        let before = sqlx::query!(
            "select received_at, status from deliveries where id = $1 for no key update",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(before) = before else { return Ok(None) };
        sqlx::query!(
            "update deliveries set status = 'received', attempts = 0, error = null, processed_at = null
             where id = $1 and received_at = $2",
            id.0,
            before.received_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(Some((before.received_at, status_of(&before.status, id)?)))
    }
}

fn status_of(text: &str, id: impl ToString) -> Result<DeliveryStatus> {
    DeliveryStatus::parse(text).ok_or_else(|| StoreError::corrupt("deliveries", "status", id))
}
