//! Reading the trail in the order of its seals, one row at a time, and how far it is sealed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::AuditId,
    trail::{ChainState, Sealed},
};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use sqlx::{AssertSqlSafe, Postgres, Transaction};
use uuid::Uuid;

use super::record::{ROW, SealedRow};
use crate::{Reads, Result, Store, StoreError};

/// How long a row may wait for its seal before that is a fault: sealers look every second.
pub const UNSEALED_AFTER: TimeDelta = TimeDelta::seconds(60);

/// The trail as it was at one moment.
pub struct Trail {
    inner: Transaction<'static, Postgres>,
}

/// A row without a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// Which row.
    pub row: Uuid,
    /// Its time.
    pub at: DateTime<Utc>,
    /// Whether it stands in the trail.
    pub exists: bool,
    /// Whether a sealer will find it.
    pub waits: bool,
}

/// How far the trail is sealed, as the database says it.
#[derive(sqlx::FromRow)]
struct ChainRow {
    sealed: i64,
    sealed_at: Option<DateTime<Utc>>,
    checkpoint: Option<i64>,
    unsealed: i64,
    oldest_unsealed: Option<DateTime<Utc>>,
}

impl Store {
    /// The trail as it is now, for as long as this is held.
    pub async fn trail(&self) -> Result<Trail> {
        let inner = self
            .pool
            .begin_with("begin isolation level repeatable read read only")
            .await?;
        Ok(Trail { inner })
    }
}

impl Trail {
    /// The trail as a transaction sees it that somebody else began, for what is not committed.
    pub fn within(inner: Transaction<'static, Postgres>) -> Self {
        Self { inner }
    }

    /// The hash that the chain starts from.
    pub async fn genesis(&mut self) -> Result<Vec<u8>> {
        let genesis = sqlx::query_scalar("select genesis from audit_head");
        Ok(genesis.fetch_one(&mut *self.inner).await?)
    }

    /// Number and hash of the last seal; the genesis before the first.
    pub async fn head(&mut self) -> Result<(i64, Vec<u8>)> {
        let head = sqlx::query_as("select number, hash from audit_head");
        Ok(head.fetch_one(&mut *self.inner).await?)
    }

    /// Numbers and hashes of the checkpoints, in order.
    pub async fn checkpoints(&mut self) -> Result<Vec<(i64, Vec<u8>)>> {
        let all = sqlx::query_as("select number, hash from audit_checkpoints order by number");
        Ok(all.fetch_all(&mut *self.inner).await?)
    }

    /// Hash of a seal.
    pub async fn hash_of(&mut self, number: i64) -> Result<Option<Vec<u8>>> {
        let hash = sqlx::query_scalar("select hash from audit_seals where number = $1 limit 1");
        Ok(hash.bind(number).fetch_optional(&mut *self.inner).await?)
    }

    /// Seals with their rows in order, from the one after a number up to another one.
    pub fn sealed(&mut self, after: i64, upto: i64) -> BoxStream<'_, Result<Sealed>> {
        let statement = format!(
            "select s.number, s.audit_id, s.row_hash, s.hash,
                 case when s.audit_at between '0001-01-01Z' and '9999-12-31Z' then s.audit_at end as audit_at,
                 case when s.sealed_at between '0001-01-01Z' and '9999-12-31Z' then s.sealed_at end as sealed_at, {ROW}
             from audit_seals s left join audit a on a.id = s.audit_id and a.at = s.audit_at
             where s.number > $1 and s.number <= $2
             order by s.number, s.sealed_at"
        );
        // Made of this crate's own words.
        sqlx::query_as::<_, SealedRow>(AssertSqlSafe(statement))
            .bind(after)
            .bind(upto)
            .fetch(&mut *self.inner)
            .map_ok(Sealed::from)
            .map_err(StoreError::from)
            .boxed()
    }

    /// Whether a row with this hash is sealed under another number.
    pub async fn is_sealed_elsewhere(&mut self, row_hash: &[u8], number: i64) -> Result<bool> {
        let elsewhere = sqlx::query_scalar(
            "select exists (select from audit_seals where row_hash = $1 and number <> $2)",
        );
        let elsewhere = elsewhere.bind(row_hash).bind(number);
        Ok(elsewhere.fetch_one(&mut *self.inner).await?)
    }

    /// The oldest row of those that have no seal and either wait for none, are gone, or are older than a time.
    pub async fn unsealed(&mut self, before: DateTime<Utc>) -> Result<Option<Unsealed>> {
        let found: Option<(Uuid, DateTime<Utc>, bool, bool)> = sqlx::query_as(
            "select coalesce(a.id, u.audit_id), greatest('0001-01-01Z', least('9999-12-31Z', coalesce(a.at, u.audit_at))) as at,
                 a.id is not null as here, u.audit_id is not null as waits
             from audit a full join audit_unsealed u on u.audit_id = a.id and u.audit_at = a.at
             where (u.audit_id is null or a.id is null or a.at < $1)
               and not exists (select from audit_seals s where s.audit_id = a.id and s.audit_at = a.at)
             order by 2 limit 1",
        )
        .bind(before)
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(found.map(|(row, at, exists, waits)| Unsealed {
            row,
            at,
            exists,
            waits,
        }))
    }

    /// Numbers of the first and the last seal whose row was done in a time; between them all seals are there, whatever the time
    /// of their rows, so that the piece can be verified alone.
    pub async fn numbers_between(
        &mut self,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
    ) -> Result<Option<(i64, i64)>> {
        let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
            "select min(number), max(number) from audit_seals
             where ($1::timestamptz is null or audit_at >= $1) and ($2::timestamptz is null or audit_at < $2)",
        )
        .bind(from)
        .bind(to)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(first.zip(last))
    }
}

impl Reads {
    /// How far the trail is sealed.
    pub async fn audit_chain(&self) -> Result<ChainState> {
        let chain: ChainRow = sqlx::query_as(
            "select h.number as sealed, h.sealed_at, (select max(number) from audit_checkpoints) as checkpoint,
                 (select count(*) from audit_unsealed) as unsealed,
                 (select min(audit_at) from audit_unsealed) as oldest_unsealed
             from audit_head h",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(ChainState {
            sealed: chain.sealed,
            sealed_at: chain.sealed_at,
            checkpoint: chain.checkpoint,
            unsealed: chain.unsealed,
            oldest_unsealed: chain.oldest_unsealed,
        })
    }

    /// The numbers under which rows are sealed; a row without one is left out.
    pub async fn audit_seals(&self, rows: &[AuditId]) -> Result<HashMap<AuditId, i64>> {
        // Index audit_seals_by_row.
        let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
        let numbers: Vec<(Uuid, i64)> =
            sqlx::query_as("select audit_id, number from audit_seals where audit_id = any($1)")
                .bind(ids)
                .fetch_all(&self.pool)
                .await?;
        Ok(numbers
            .into_iter()
            .map(|(id, number)| (id.into(), number))
            .collect())
    }

    /// Number and hash of the last seal, for a head that is signed and kept elsewhere.
    pub async fn audit_head(&self) -> Result<(i64, Vec<u8>)> {
        let head = sqlx::query_as("select number, hash from audit_head");
        Ok(head.fetch_one(&self.pool).await?)
    }
}
