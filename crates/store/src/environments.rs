//! Environment names of the organisation and their classes.

use chrono::{DateTime, Utc};
use domain::{
    environments::{Environment, EnvironmentClass},
    ids::{EnvironmentId, ServiceId},
};

use crate::{Reads, Result, StoreError, Tx};

/// Reads a stored class.
pub(crate) fn class_of(text: &str) -> Result<EnvironmentClass> {
    EnvironmentClass::parse(text).ok_or_else(|| StoreError::corrupt("environments", "class", text))
}

impl Reads {
    /// Every environment, by class and name.
    pub async fn environments(&self) -> Result<Vec<Environment>> {
        let rows = sqlx::query!(
            "select id, name, class, class_by_hand from environments
             order by array_position(array['production', 'staging', 'development', 'preview'], class), lower(name)"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Environment {
                    id: row.id.into(),
                    name: row.name,
                    class: class_of(&row.class)?,
                    class_by_hand: row.class_by_hand,
                })
            })
            .collect()
    }
}

impl Tx {
    /// The environment of a name, compared without case; made with `id` and the class that its name says when it is new.
    pub async fn ensure_environment(
        &mut self,
        id: EnvironmentId,
        name: &str,
        at: DateTime<Utc>,
    ) -> Result<EnvironmentId> {
        let known = sqlx::query_scalar!("select id from environments where lower(name) = lower($1)", name)
            .fetch_optional(&mut *self.inner)
            .await?;
        if let Some(known) = known {
            return Ok(known.into());
        }
        let made = sqlx::query_scalar!(
            "insert into environments (id, name, class, created_at) values ($1, $2, $3, $4)
             on conflict (lower(name)) do update set name = environments.name
             returning id",
            id.0,
            name,
            EnvironmentClass::of_name(name).as_str(),
            at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(made.into())
    }

    /// The environment of a name, compared without case.
    pub async fn environment_of_name(&mut self, name: &str) -> Result<Option<EnvironmentId>> {
        let id = sqlx::query_scalar!("select id from environments where lower(name) = lower($1)", name)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(id.map(Into::into))
    }

    /// Sets what an environment is for, by hand; gives the class it had, or `None` where there is no such environment.
    pub async fn set_environment_class(
        &mut self,
        id: EnvironmentId,
        class: EnvironmentClass,
    ) -> Result<Option<EnvironmentClass>> {
        let before = sqlx::query_scalar!("select class from environments where id = $1 for update", id.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        let Some(before) = before else { return Ok(None) };
        sqlx::query!(
            "update environments set class = $2, class_by_hand = true where id = $1",
            id.0,
            class.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        class_of(&before).map(Some)
    }

    /// Stores the name and class that follow from what a sender calls an environment; not where a person set the class
    /// meanwhile, or another environment has the name. Gives whether it did.
    pub async fn put_default_class(
        &mut self,
        id: EnvironmentId,
        name: &str,
        class: EnvironmentClass,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "update environments e set name = $2, class = $3
             where id = $1 and (class = $3 or not class_by_hand)
               and not exists (select from environments o where lower(o.name) = lower($2) and o.id <> $1)",
            id.0,
            name,
            class.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The services that ever deployed to an environment.
    pub async fn services_of_environment(&mut self, id: EnvironmentId) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select distinct service_id from deploys where environment_id = $1",
            id.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
