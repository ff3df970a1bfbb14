//! Samples of a watch, each with what was asked and what it was compared with.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::DeployId,
    verify::{Lack, Measure, Probe, Sample, Watch},
};
use sqlx::PgExecutor;

use super::settings::check_of;
use crate::{Reads, Result, Store, StoreError, Tx};

const TABLE: &str = "verify_samples";
/// More steps of a watch than a chart has room for.
const MOST_DRAWN: i64 = 240;

struct SampleRow {
    kind: String,
    slot: i32,
    taken_at: DateTime<Utc>,
    window_ms: i64,
    query: String,
    threshold: f64,
    value: Option<f64>,
    lack: Option<String>,
    bad: Option<f64>,
    requests: Option<f64>,
    baseline_value: Option<f64>,
    baseline_lack: Option<String>,
    baseline_bad: Option<f64>,
    baseline_requests: Option<f64>,
    probe: Option<String>,
    probe_before: Option<String>,
    detail: Option<String>,
}

/// Reads a stored lack.
pub(super) fn lack_of(table: &'static str, text: &str) -> Result<Lack> {
    Lack::parse(text).ok_or_else(|| StoreError::corrupt(table, "lack", text))
}

fn probe_of(text: Option<&str>) -> Result<Option<Probe>> {
    let known = |text| Probe::parse(text).ok_or_else(|| StoreError::corrupt(TABLE, "probe", text));
    text.map(known).transpose()
}

/// A measure, where there is one.
fn measure(
    (value, lack): (Option<f64>, Option<&str>),
    (bad, requests): (Option<f64>, Option<f64>),
) -> Result<Option<Measure>> {
    let value = match (value, lack) {
        (Some(value), _) => Ok(value),
        (None, Some(lack)) => Err(lack_of(TABLE, lack)?),
        (None, None) => return Ok(None),
    };
    Ok(Some(Measure { value, bad, requests }))
}

impl SampleRow {
    fn read(self) -> Result<Sample> {
        let own = measure((self.value, self.lack.as_deref()), (self.bad, self.requests))?;
        Ok(Sample {
            check: check_of(TABLE, &self.kind)?,
            slot: u32::try_from(self.slot).map_err(|_| StoreError::corrupt(TABLE, "slot", self.slot))?,
            taken_at: self.taken_at,
            window: TimeDelta::milliseconds(self.window_ms),
            threshold: self.threshold,
            query: self.query,
            measure: own.ok_or_else(|| StoreError::corrupt(TABLE, "value", self.slot))?,
            baseline: measure(
                (self.baseline_value, self.baseline_lack.as_deref()),
                (self.baseline_bad, self.baseline_requests),
            )?,
            probe: probe_of(self.probe.as_deref())?,
            probe_before: probe_of(self.probe_before.as_deref())?,
            detail: self.detail,
        })
    }
}

/// Which samples of a watch are read.
struct Which {
    deploy: DeployId,
    weight: u8,
    /// From which step on.
    from: u32,
    /// Of so many steps at most, in even distances; beside them the last ones, and the one that decided.
    most: i64,
}

async fn samples(
    executor: impl PgExecutor<'_>,
    which: Which,
    (everything, teams): (bool, Vec<uuid::Uuid>),
) -> Result<Vec<Sample>> {
    let rows = sqlx::query_as!(
        SampleRow,
        "select kind, slot, taken_at, window_ms, query, threshold, value, lack, bad, requests, baseline_value,
             baseline_lack, baseline_bad, baseline_requests, probe, probe_before, detail
         from verify_samples s
         cross join (select coalesce(max(slot), 0) as last from verify_samples where deploy_id = $1 and weight = $2) newest
         where deploy_id = $1 and weight = $2 and slot >= $5
           and (slot % greatest(1, (last + $6::bigint - 1) / $6::bigint) = 0 or slot > last - 10
               or exists (select from verify_verdicts v where v.deploy_id = $1 and v.weight = $2 and v.slot = s.slot))
           and exists (select from deploys d where d.id = $1
               and d.service_id not in (select hidden.id from hidden_services($3, $4) as hidden (id)))
         order by kind, slot",
        which.deploy.0,
        i16::from(which.weight),
        everything,
        &teams,
        i32::try_from(which.from).unwrap_or(i32::MAX),
        which.most
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(SampleRow::read).collect()
}

impl Which {
    fn drawn(deploy: DeployId, weight: u8) -> Self {
        Self {
            deploy,
            weight,
            from: 0,
            most: MOST_DRAWN,
        }
    }

    fn judged(watch: &Watch, first: u32) -> Self {
        Self {
            deploy: watch.deploy,
            weight: watch.weight,
            from: first,
            most: i64::from(i32::MAX),
        }
    }
}

impl Reads {
    /// The samples of a deploy at one of its steps, by check and time, as many as can be drawn; none of a deploy that is not
    /// seen.
    pub async fn verify_samples(&self, deploy: DeployId, weight: u8) -> Result<Vec<Sample>> {
        samples(&self.pool, Which::drawn(deploy, weight), self.seeing()).await
    }

    /// The samples of a watch from a step on.
    pub async fn verify_samples_from(&self, watch: &Watch, first: u32) -> Result<Vec<Sample>> {
        samples(&self.pool, Which::judged(watch, first), (true, Vec::new())).await
    }
}

impl Store {
    /// Drops the samples of deploys that ended before `cutoff`, and the partitions of months of which nothing is left. Those
    /// that a decision refers to stay: of a watch that failed, and of a deploy that was rolled back, whoever decided it;
    /// a drill decides nothing.
    /// Gives how many went.
    pub async fn drop_verify_samples_before(&self, cutoff: DateTime<Utc>) -> Result<u64> {
        // Only partitions that begin before the cutoff are read, and of those that are over only what was kept is left.
        let gone = sqlx::query!(
            "delete from verify_samples s
             where s.due_at < $1
               and not exists (select from drives d where d.deploy_id = s.deploy_id and (d.ended is null or d.since >= $1))
               and not exists (select from drives u where u.undoes = s.deploy_id
                   and not exists (select from drills x where x.back_deploy_id = u.deploy_id))
               and not exists (select from verify_verdicts v
                   where v.deploy_id = s.deploy_id and v.weight = s.weight and v.verdict = 'fail')",
            cutoff
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!(
            "select drop_empty_month_partitions('verify_samples', $1)",
            cutoff.date_naive()
        )
        .execute(&self.pool)
        .await?;
        Ok(gone.rows_affected())
    }
}

impl Tx {
    /// The samples of a watch from a step on, so far.
    pub async fn verify_samples_from(&mut self, watch: &Watch, first: u32) -> Result<Vec<Sample>> {
        samples(&mut *self.inner, Which::judged(watch, first), (true, Vec::new())).await
    }

    /// The samples of a deploy at one of its steps, all of them.
    pub(crate) async fn samples_at(&mut self, deploy: DeployId, weight: u8) -> Result<Vec<Sample>> {
        let all = Which {
            most: i64::from(i32::MAX),
            ..Which::drawn(deploy, weight)
        };
        samples(&mut *self.inner, all, (true, Vec::new())).await
    }

    /// Stores a sample of a watch. Where the same one is stored already, that one stays.
    pub async fn put_verify_sample(&mut self, watch: &Watch, sample: &Sample) -> Result<()> {
        let baseline = sample.baseline.as_ref();
        let lack = |measure: &Measure| measure.value.err().map(Lack::as_str);
        sqlx::query!(
            "insert into verify_samples (deploy_id, weight, kind, slot, due_at, taken_at, window_ms, query, threshold,
                 value, lack, bad, requests, baseline_value, baseline_lack, baseline_bad, baseline_requests,
                 probe, probe_before, detail)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
             on conflict (deploy_id, weight, kind, slot, due_at) do nothing",
            watch.deploy.0,
            i16::from(watch.weight),
            sample.check.as_str(),
            i32::try_from(sample.slot).unwrap_or(i32::MAX),
            watch.due(sample.slot),
            sample.taken_at,
            sample.window.num_milliseconds(),
            sample.query,
            sample.threshold,
            sample.measure.value.ok(),
            lack(&sample.measure),
            sample.measure.bad,
            sample.measure.requests,
            baseline.and_then(|baseline| baseline.value.ok()),
            baseline.and_then(lack),
            baseline.and_then(|baseline| baseline.bad),
            baseline.and_then(|baseline| baseline.requests),
            sample.probe.map(Probe::as_str),
            sample.probe_before.map(Probe::as_str),
            sample.detail
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
