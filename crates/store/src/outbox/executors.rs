//! Who carries out the deploys of a service to an environment.

use chrono::{DateTime, Utc};
use domain::{
    executors::{Executor, Reach},
    ids::{EnvironmentId, ExecutorId, RepositoryId, ServiceId},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// An executor with what its orders are signed with.
#[derive(Clone, Debug)]
pub struct StoredExecutor {
    /// The executor.
    pub executor: Executor,
    /// The sealed secret.
    pub sealed: Option<Vec<u8>>,
}

/// An executor to be stored.
#[derive(Clone, Copy, Debug)]
pub struct PutExecutor<'a> {
    /// Its id: the stored one's where there is one, for which the secret is sealed.
    pub id: ExecutorId,
    /// Whose deploys it carries out, and where.
    pub of: (ServiceId, EnvironmentId),
    /// How it is reached.
    pub reach: &'a Reach,
    /// The sealed secret.
    pub sealed: Option<&'a [u8]>,
    /// When it is set.
    pub at: DateTime<Utc>,
}

struct Row {
    id: Uuid,
    settings: Value,
    secret: Option<Vec<u8>>,
    set_at: DateTime<Utc>,
}

impl Row {
    fn stored(self, (service, environment): (ServiceId, EnvironmentId)) -> Result<StoredExecutor> {
        let reach: Reach = serde_json::from_value(self.settings)
            .map_err(|_| StoreError::corrupt("executors", "settings", self.id))?;
        Ok(StoredExecutor {
            executor: Executor {
                id: self.id.into(),
                service,
                environment,
                reach,
                has_secret: self.secret.is_some(),
                set_at: self.set_at,
            },
            sealed: self.secret,
        })
    }
}

fn written(reach: &Reach) -> Result<Value> {
    serde_json::to_value(reach).map_err(|_| StoreError::corrupt("executors", "settings", reach.kind()))
}

impl Reads {
    /// Who carries out the deploys of a service to an environment.
    pub async fn executor(&self, of: (ServiceId, EnvironmentId)) -> Result<Option<StoredExecutor>> {
        let (service, environment) = of;
        let row = sqlx::query_as!(
            Row,
            "select id, settings, secret, set_at from executors where service_id = $1 and environment_id = $2",
            service.0,
            environment.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| row.stored(of)).transpose()
    }
}

impl Tx {
    /// The same, locked until this unit of work ends.
    pub async fn executor(&mut self, of: (ServiceId, EnvironmentId)) -> Result<Option<StoredExecutor>> {
        let (service, environment) = of;
        let row = sqlx::query_as!(
            Row,
            "select id, settings, secret, set_at from executors where service_id = $1 and environment_id = $2 for update",
            service.0,
            environment.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|row| row.stored(of)).transpose()
    }

    /// The repository whose full name this is now; a name that it had before may be another's.
    pub async fn repository_now_called(&mut self, full_name: &str) -> Result<Option<RepositoryId>> {
        let Some((owner, name)) = full_name.split_once('/') else {
            return Ok(None);
        };
        let id = sqlx::query_scalar!(
            "select id from repositories where lower(owner) = lower($1) and lower(name) = lower($2) and deleted_at is null",
            owner,
            name
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(id.map(Into::into))
    }

    /// Stores a first executor; `false` where somebody else stored one meanwhile.
    pub async fn insert_executor(&mut self, new: &PutExecutor<'_>) -> Result<bool> {
        let (service, environment) = new.of;
        let put = sqlx::query!(
            "insert into executors (id, service_id, environment_id, kind, settings, secret, set_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (service_id, environment_id) do nothing",
            new.id.0,
            service.0,
            environment.0,
            new.reach.kind(),
            written(new.reach)?,
            new.sealed,
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(put.rows_affected() == 1)
    }

    /// Replaces what is known of an executor.
    pub async fn update_executor(&mut self, new: &PutExecutor<'_>) -> Result<()> {
        sqlx::query!(
            "update executors set kind = $2, settings = $3, secret = $4, set_at = $5 where id = $1",
            new.id.0,
            new.reach.kind(),
            written(new.reach)?,
            new.sealed,
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes an executor away.
    pub async fn delete_executor(&mut self, id: ExecutorId) -> Result<()> {
        sqlx::query!("delete from executors where id = $1", id.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Forgets a secret that nobody can open any more: orders are not sent until another one is set.
    pub async fn forget_executor_secret(&mut self, id: ExecutorId) -> Result<()> {
        sqlx::query!("update executors set secret = null where id = $1", id.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
