//! What is known of each watch. A failure stays, whatever comes after it; only one that is rolled back takes the place of one
//! that is not.

use chrono::{DateTime, Utc};
use domain::{
    ids::DeployId,
    verify::{Check, Failure, Insufficient, Lack, Outlook, Remedy, Verdict, VerdictKind, Watch, WatchRecord},
};
use serde_json::json;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{rules::remedy_of, samples::lack_of, settings::check_of};
use crate::{Reads, Result, StoreError, Tx};

const TABLE: &str = "verify_verdicts";

struct VerdictRow {
    weight: i16,
    version: String,
    previous: Option<String>,
    exposed_at: DateTime<Utc>,
    verdict: String,
    is_over: bool,
    kind: Option<String>,
    lack: Option<String>,
    since: Option<DateTime<Utc>>,
    remedy: Option<String>,
    slot: Option<i32>,
    value: Option<f64>,
    threshold: Option<f64>,
    noted_at: DateTime<Utc>,
}

impl VerdictRow {
    fn read(self) -> Result<WatchRecord> {
        Ok(WatchRecord {
            weight: u8::try_from(self.weight).map_err(|_| self.corrupt("weight"))?,
            outlook: Outlook {
                verdict: self.outcome()?,
                is_over: self.is_over,
            },
            version: self.version,
            previous: self.previous,
            exposed_at: self.exposed_at,
            noted_at: self.noted_at,
        })
    }

    fn outcome(&self) -> Result<Verdict> {
        let check = self.kind.as_deref().map(|kind| check_of(TABLE, kind));
        let check = check.transpose()?;
        let since = || self.since.ok_or_else(|| self.corrupt("since"));
        let kind = VerdictKind::parse(&self.verdict).ok_or_else(|| self.corrupt("verdict"))?;
        Ok(match kind {
            VerdictKind::Pass => Verdict::Pass,
            VerdictKind::Fail => {
                let remedy = self.remedy.as_deref().ok_or_else(|| self.corrupt("remedy"))?;
                let slot = self.slot.and_then(|slot| u32::try_from(slot).ok());
                Verdict::Fail(Failure {
                    check: check.ok_or_else(|| self.corrupt("kind"))?,
                    remedy: remedy_of(TABLE, remedy)?,
                    slot: slot.ok_or_else(|| self.corrupt("slot"))?,
                    at: since()?,
                    value: self.value,
                    threshold: self.threshold.ok_or_else(|| self.corrupt("threshold"))?,
                })
            }
            VerdictKind::Insufficient => {
                let lack = self.lack.as_deref().ok_or_else(|| self.corrupt("lack"))?;
                Verdict::Insufficient(Insufficient {
                    check,
                    lack: lack_of(TABLE, lack)?,
                    since: since()?,
                })
            }
        })
    }

    fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::corrupt(TABLE, column, format!("{} at {} %", self.version, self.weight))
    }
}

async fn verdicts(
    executor: impl PgExecutor<'_>,
    deploy: DeployId,
    (everything, teams): (bool, Vec<Uuid>),
) -> Result<Vec<WatchRecord>> {
    let rows = sqlx::query_as!(
        VerdictRow,
        "select weight, version, previous, exposed_at, verdict, is_over, kind, lack, since, remedy, slot, value, threshold,
             noted_at
         from verify_verdicts
         where deploy_id = $1
           and service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
         order by weight",
        deploy.0,
        everything,
        &teams
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(VerdictRow::read).collect()
}

/// A verdict as columns; those that it has no use for are empty.
#[derive(Default)]
struct Columns {
    check: Option<Check>,
    lack: Option<Lack>,
    since: Option<DateTime<Utc>>,
    remedy: Option<Remedy>,
    slot: Option<i32>,
    value: Option<f64>,
    threshold: Option<f64>,
}

impl Columns {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::default(),
            Verdict::Fail(failure) => Self {
                check: Some(failure.check),
                lack: None,
                since: Some(failure.at),
                remedy: Some(failure.remedy),
                slot: Some(i32::try_from(failure.slot).unwrap_or(i32::MAX)),
                value: failure.value,
                threshold: Some(failure.threshold),
            },
            Verdict::Insufficient(insufficient) => Self {
                check: insufficient.check,
                lack: Some(insufficient.lack),
                since: Some(insufficient.since),
                ..Self::default()
            },
        }
    }
}

impl Reads {
    /// What is known of each watch of a deploy, by the share of the traffic; none of a deploy that is not seen.
    pub async fn verify_verdicts(&self, deploy: DeployId) -> Result<Vec<WatchRecord>> {
        verdicts(&self.pool, deploy, self.seeing()).await
    }
}

impl Tx {
    /// What is known of each watch of a deploy.
    pub async fn verify_verdicts(&mut self, deploy: DeployId) -> Result<Vec<WatchRecord>> {
        verdicts(&mut *self.inner, deploy, (true, Vec::new())).await
    }

    /// Notes what is known of a watch. One that failed stays as it is, unless it is rolled back only now.
    pub async fn put_verify_verdict(
        &mut self,
        watch: &Watch,
        outlook: &Outlook,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let columns = Columns::of(&outlook.verdict);
        sqlx::query!(
            "insert into verify_verdicts as v (deploy_id, weight, service_id, version, previous, exposed_at, matrix, verdict,
                 is_over, kind, lack, since, remedy, slot, value, threshold, noted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             on conflict (deploy_id, weight) do update set version = excluded.version, previous = excluded.previous,
                 exposed_at = excluded.exposed_at, matrix = excluded.matrix, verdict = excluded.verdict,
                 is_over = excluded.is_over, kind = excluded.kind, lack = excluded.lack, since = excluded.since,
                 remedy = excluded.remedy, slot = excluded.slot, value = excluded.value,
                 threshold = excluded.threshold, noted_at = excluded.noted_at
             where v.verdict <> 'fail' or (v.remedy <> 'roll_back' and excluded.remedy = 'roll_back')",
            watch.deploy.0,
            i16::from(watch.weight),
            watch.service.0,
            watch.version,
            watch.previous,
            watch.exposed_at,
            json!(watch.matrix),
            outlook.verdict.kind().as_str(),
            outlook.is_over,
            columns.check.map(Check::as_str),
            columns.lack.map(Lack::as_str),
            columns.since,
            columns.remedy.map(Remedy::as_str),
            columns.slot,
            columns.value,
            columns.threshold,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
