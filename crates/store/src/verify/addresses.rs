//! What is asked for a service's health, by environment.

use chrono::{DateTime, Utc};
use domain::ids::{EnvironmentId, ServiceId};
use sqlx::PgExecutor;

use crate::{Reads, Result, Tx};

async fn address(
    executor: impl PgExecutor<'_>,
    (service, environment): (ServiceId, EnvironmentId),
) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select url from health_addresses where service_id = $1 and environment_id = $2",
        service.0,
        environment.0
    )
    .fetch_optional(executor)
    .await?)
}

impl Reads {
    /// The health address that was set for a service in an environment; `None` where that of its catalog file counts.
    pub async fn health_address(&self, of: (ServiceId, EnvironmentId)) -> Result<Option<String>> {
        address(&self.pool, of).await
    }
}

impl Tx {
    /// The health address that was set for a service in an environment.
    pub async fn health_address(&mut self, of: (ServiceId, EnvironmentId)) -> Result<Option<String>> {
        address(&mut *self.inner, of).await
    }

    /// Sets the health address of a service in an environment; without one, that of its catalog file counts again.
    pub async fn put_health_address(
        &mut self,
        (service, environment): (ServiceId, EnvironmentId),
        url: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some(url) = url else {
            sqlx::query!(
                "delete from health_addresses where service_id = $1 and environment_id = $2",
                service.0,
                environment.0
            )
            .execute(&mut *self.inner)
            .await?;
            return Ok(());
        };
        sqlx::query!(
            "insert into health_addresses (service_id, environment_id, url, set_at) values ($1, $2, $3, $4)
             on conflict (service_id, environment_id) do update set url = excluded.url, set_at = excluded.set_at",
            service.0,
            environment.0,
            url,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
