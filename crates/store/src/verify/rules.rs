//! The rollback matrix of a tier, and for how long its services are watched.

use chrono::TimeDelta;
use domain::{
    catalog::Tier,
    verify::{Check, Needed, Remedy, RollbackMatrix, Rule, WatchSettings},
};
use sqlx::PgConnection;

use super::settings::check_of;
use crate::{Reads, Result, StoreError, Tx};

/// The symptom that nothing measures.
const MINOR_DEFECT: &str = "minor_defect";

/// Reads a stored remedy.
pub(crate) fn remedy_of(table: &'static str, text: &str) -> Result<Remedy> {
    Remedy::parse(text).ok_or_else(|| StoreError::corrupt(table, "remedy", text))
}

struct RuleRow {
    symptom: String,
    threshold: Option<f64>,
    hits: Option<i16>,
    of_last: Option<i16>,
    least_bad: Option<i64>,
    least_requests: Option<i64>,
    remedy: String,
}

impl RuleRow {
    fn rule(&self) -> Result<Rule> {
        let corrupt = |column| StoreError::corrupt("rollback_rules", column, &self.symptom);
        let few = |number: Option<i16>, column| {
            let number = number.and_then(|number| u8::try_from(number).ok());
            number.ok_or_else(|| corrupt(column))
        };
        let many = |number: Option<i64>, column| {
            let number = number.and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| corrupt(column))
        };
        Ok(Rule {
            threshold: self.threshold.ok_or_else(|| corrupt("threshold"))?,
            needed: Needed {
                hits: few(self.hits, "hits")?,
                of: few(self.of_last, "of_last")?,
            },
            least_bad: many(self.least_bad, "least_bad")?,
            least_requests: many(self.least_requests, "least_requests")?,
            remedy: remedy_of("rollback_rules", &self.remedy)?,
        })
    }
}

async fn rules(connection: &mut PgConnection, tier: Tier) -> Result<(RollbackMatrix, WatchSettings)> {
    let tier = i16::from(tier.number());
    let rows = sqlx::query_as!(
        RuleRow,
        "select symptom, threshold, hits, of_last, least_bad, least_requests, remedy from rollback_rules where tier = $1",
        tier
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut matrix = RollbackMatrix::default();
    for row in rows {
        if row.symptom == MINOR_DEFECT {
            matrix.minor_defect = remedy_of("rollback_rules", &row.remedy)?;
        } else {
            *matrix.rule_mut(check_of("rollback_rules", &row.symptom)?) = row.rule()?;
        }
    }
    let watch = sqlx::query!(
        "select window_ms, step_ms, least_samples from verify_windows where tier = $1",
        tier
    )
    .fetch_optional(connection)
    .await?;
    let settings = watch.map_or_else(WatchSettings::default, |watch| WatchSettings {
        window: TimeDelta::milliseconds(watch.window_ms),
        step: TimeDelta::milliseconds(watch.step_ms),
        least: u32::try_from(watch.least_samples).unwrap_or(u32::MAX),
    });
    Ok((matrix, settings))
}

impl Reads {
    /// What holds for services of a tier: as it was set, and the defaults for the rest. A service without a tier has the
    /// defaults.
    pub async fn rollback_rules(&self, tier: Option<Tier>) -> Result<(RollbackMatrix, WatchSettings)> {
        match tier {
            Some(tier) => rules(&mut *self.pool.acquire().await?, tier).await,
            None => Ok((RollbackMatrix::default(), WatchSettings::default())),
        }
    }
}

impl Tx {
    /// What holds for services of a tier.
    pub async fn rollback_rules(&mut self, tier: Tier) -> Result<(RollbackMatrix, WatchSettings)> {
        rules(&mut self.inner, tier).await
    }

    /// Sets what holds for services of a tier.
    pub async fn put_rollback_rules(
        &mut self,
        tier: Tier,
        matrix: &RollbackMatrix,
        settings: &WatchSettings,
    ) -> Result<()> {
        for check in Check::ALL {
            self.put_rule(tier, check, matrix.rule(check)).await?;
        }
        let number = i16::from(tier.number());
        sqlx::query!(
            "insert into rollback_rules (tier, symptom, remedy) values ($1, $2, $3)
             on conflict (tier, symptom) do update set remedy = excluded.remedy",
            number,
            MINOR_DEFECT,
            matrix.minor_defect.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into verify_windows (tier, window_ms, step_ms, least_samples) values ($1, $2, $3, $4)
             on conflict (tier) do update set window_ms = excluded.window_ms, step_ms = excluded.step_ms,
                 least_samples = excluded.least_samples",
            number,
            settings.window.num_milliseconds(),
            settings.step.num_milliseconds(),
            i32::try_from(settings.least).unwrap_or(i32::MAX)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn put_rule(&mut self, tier: Tier, check: Check, rule: &Rule) -> Result<()> {
        sqlx::query!(
            "insert into rollback_rules (tier, symptom, threshold, hits, of_last, least_bad, least_requests, remedy)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (tier, symptom) do update set threshold = excluded.threshold, hits = excluded.hits,
                 of_last = excluded.of_last, least_bad = excluded.least_bad, least_requests = excluded.least_requests,
                 remedy = excluded.remedy",
            i16::from(tier.number()),
            check.as_str(),
            rule.threshold,
            i16::from(rule.needed.hits),
            i16::from(rule.needed.of),
            i64::from(rule.least_bad),
            i64::from(rule.least_requests),
            rule.remedy.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
