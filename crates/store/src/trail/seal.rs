//! Sealing: one process at a time numbers what is committed and chains its hashes.
//!
//! A row is found in the queue once it is committed, however late that is, so nothing is skipped, nobody waits for a
//! transaction that stays open, and those who write audit rows take no lock.

use chrono::{DateTime, Utc};
use domain::trail::{CHECKPOINT_EVERY, Digest, Seal, TrailRow};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::record::{ROW, StoredRow};
use crate::{Result, Store, StoreError};

/// A process that stops in the middle of sealing, its machine with it, gives the head's lock back after this.
const LEASE: &str = "set local idle_in_transaction_session_timeout = '10s'";

/// How much is sealed at once.
#[derive(Clone, Copy, Debug)]
pub struct SealRules {
    /// Most rows of one transaction.
    pub at_once: i64,
    /// Every so many seals one is noted from which the chain can be verified.
    pub checkpoint_every: i64,
}

impl Default for SealRules {
    fn default() -> Self {
        Self {
            at_once: 2_000,
            checkpoint_every: CHECKPOINT_EVERY,
        }
    }
}

#[derive(sqlx::FromRow)]
struct QueuedRow {
    queued: i64,
    #[sqlx(flatten)]
    row: StoredRow,
}

impl Store {
    /// Seals committed rows, the oldest first, and gives how many: fewer than [`SealRules::at_once`] when nothing is left, or
    /// none because another process is sealing.
    pub async fn seal_audit(&self, at: DateTime<Utc>, rules: SealRules) -> Result<usize> {
        let waits: bool = sqlx::query_scalar("select exists (select from audit_unsealed)")
            .fetch_one(&self.pool)
            .await?;
        if !waits {
            return Ok(0);
        }
        let mut tx = self.pool.begin().await?;
        sqlx::query(LEASE).execute(&mut *tx).await?;
        let Some((number, hash)) = lock_head(&mut tx).await? else {
            return Ok(0);
        };
        let rows = queued(&mut tx, rules.at_once).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let (numbers, rows): (Vec<i64>, Vec<TrailRow>) = rows.into_iter().unzip();
        let seals = chain(&rows, (number, hash), at);
        write(&mut tx, &seals, rules.checkpoint_every).await?;
        sqlx::query("delete from audit_unsealed where number = any($1)")
            .bind(&numbers)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(seals.len())
    }
}

/// The last seal's number and hash, its lock held until the transaction ends; `None` while another process holds it.
async fn lock_head(tx: &mut Transaction<'static, Postgres>) -> Result<Option<(i64, Digest)>> {
    let head: Option<(i64, Vec<u8>)> =
        sqlx::query_as("select number, hash from audit_head for update skip locked")
            .fetch_optional(&mut **tx)
            .await?;
    let Some((number, hash)) = head else {
        return Ok(None);
    };
    let hash = Digest::try_from(hash).map_err(|_| StoreError::corrupt("audit_head", "hash", number))?;
    Ok(Some((number, hash)))
}

async fn queued(connection: &mut PgConnection, limit: i64) -> Result<Vec<(i64, TrailRow)>> {
    let statement = format!(
        "select u.number as queued, {ROW}
         from audit_unsealed u join audit a on a.id = u.audit_id and a.at = u.audit_at
         order by u.number limit $1"
    );
    // Made of this crate's own words.
    let records: Vec<QueuedRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(limit)
        .fetch_all(connection)
        .await?;
    Ok(records
        .into_iter()
        .filter_map(|record| Some((record.queued, record.row.into_row()?)))
        // What no calendar has cannot be named by a seal: the row stays unsealed, and verifying says so.
        .filter(|(_, row)| row.at.is_some())
        .collect())
}

fn chain(rows: &[TrailRow], (mut number, mut hash): (i64, Digest), at: DateTime<Utc>) -> Vec<Seal> {
    let mut seals = Vec::with_capacity(rows.len());
    for row in rows {
        number += 1;
        let mut seal = Seal {
            number,
            row: row.id,
            row_at: row.at,
            row_hash: row.hash().to_vec(),
            sealed_at: Some(at),
            hash: Vec::new(),
        };
        hash = seal.chained(&hash);
        seal.hash = hash.to_vec();
        seals.push(seal);
    }
    seals
}

async fn write(connection: &mut PgConnection, seals: &[Seal], checkpoint_every: i64) -> Result<()> {
    let numbers: Vec<i64> = seals.iter().map(|seal| seal.number).collect();
    let rows: Vec<Uuid> = seals.iter().map(|seal| seal.row).collect();
    let times: Vec<Option<DateTime<Utc>>> = seals.iter().map(|seal| seal.row_at).collect();
    let row_hashes: Vec<&[u8]> = seals.iter().map(|seal| &*seal.row_hash).collect();
    let hashes: Vec<&[u8]> = seals.iter().map(|seal| &*seal.hash).collect();
    let sealed_at = seals.first().and_then(|seal| seal.sealed_at);
    sqlx::query(
        "with seals as (
             insert into audit_seals (number, audit_id, audit_at, row_hash, hash, sealed_at)
             select s.*, $6::timestamptz from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::bytea[], $5::bytea[]) s
             returning number, hash
         ), checkpoints as (
             insert into audit_checkpoints (number, hash, sealed_at)
             select number, hash, $6::timestamptz from seals where number % $7::bigint = 0
         )
         update audit_head h set number = s.number, hash = s.hash, sealed_at = $6::timestamptz
         from seals s where s.number = (select max(number) from seals)",
    )
    .bind(&numbers)
    .bind(&rows)
    .bind(&times)
    .bind(&row_hashes)
    .bind(&hashes)
    .bind(sealed_at)
    .bind(checkpoint_every)
    .execute(connection)
    .await?;
    Ok(())
}
