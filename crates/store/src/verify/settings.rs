//! The checks of a service, as its team set them.

use chrono::{DateTime, Utc};
use domain::{
    ids::ServiceId,
    verify::{Check, CheckSetting, Queries},
};
use sqlx::PgExecutor;

use crate::{Reads, Result, StoreError, Tx};

/// Reads a stored check.
pub(super) fn check_of(table: &'static str, text: &str) -> Result<Check> {
    Check::parse(text).ok_or_else(|| StoreError::corrupt(table, "kind", text))
}

async fn checks(executor: impl PgExecutor<'_>, service: ServiceId) -> Result<Vec<CheckSetting>> {
    let rows = sqlx::query!(
        "select kind, enabled, measure, requests from verify_checks where service_id = $1",
        service.0
    )
    .fetch_all(executor)
    .await?;
    let setting = |kind: &str, enabled, queries| {
        check_of("verify_checks", kind).map(|check| CheckSetting {
            check,
            enabled,
            queries,
        })
    };
    let settings = rows.into_iter().map(|row| {
        let queries = Queries {
            measure: row.measure,
            requests: row.requests,
        };
        setting(&row.kind, row.enabled, queries)
    });
    settings.collect()
}

impl Reads {
    /// The checks that were set for a service; the others have their defaults.
    pub async fn verify_checks(&self, service: ServiceId) -> Result<Vec<CheckSetting>> {
        checks(&self.pool, service).await
    }
}

impl Tx {
    /// The checks that were set for a service.
    pub async fn verify_checks(&mut self, service: ServiceId) -> Result<Vec<CheckSetting>> {
        checks(&mut *self.inner, service).await
    }

    /// Sets the checks of a service; those that are left out have their defaults from now on.
    pub async fn put_verify_checks(
        &mut self,
        service: ServiceId,
        checks: &[CheckSetting],
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!("delete from verify_checks where service_id = $1", service.0)
            .execute(&mut *self.inner)
            .await?;
        for setting in checks {
            sqlx::query!(
                "insert into verify_checks (service_id, kind, enabled, measure, requests, set_at)
                 values ($1, $2, $3, $4, $5, $6)",
                service.0,
                setting.check.as_str(),
                setting.enabled,
                setting.queries.measure,
                setting.queries.requests,
                now
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }
}
