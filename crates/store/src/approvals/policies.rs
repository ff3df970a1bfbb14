//! Policies as they are stored: documents, in one form.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Origin, Policy, StoredPolicy},
    ids::PolicyId,
};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

struct PolicyRow {
    id: Uuid,
    origin: String,
    position: i32,
    version: i32,
    document: Value,
    updated_at: DateTime<Utc>,
}

impl PolicyRow {
    fn read(self) -> Result<StoredPolicy> {
        let wrong = |column| StoreError::corrupt("policies", column, self.id);
        Ok(StoredPolicy {
            id: self.id.into(),
            policy: Policy::from_json(&self.document).map_err(|_| wrong("document"))?,
            origin: Origin::parse(&self.origin).ok_or_else(|| wrong("origin"))?,
            position: self.position,
            version: self.version,
            updated_at: self.updated_at,
        })
    }
}

/// A policy to write.
#[derive(Clone, Copy, Debug)]
pub struct PolicyToStore<'a> {
    /// Its id where it is new.
    pub fresh: PolicyId,
    /// What it says.
    pub policy: &'a Policy,
    /// Where it was written.
    pub origin: Origin,
    /// Its place among the others.
    pub position: i32,
}

async fn all(db: impl PgExecutor<'_>) -> Result<Vec<StoredPolicy>> {
    let rows = sqlx::query_as!(
        PolicyRow,
        "select id, origin, position, version, document, updated_at from policies order by origin, position, id"
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(PolicyRow::read).collect()
}

impl Reads {
    /// Every policy, in the order in which they are looked at.
    pub async fn policies(&self) -> Result<Vec<StoredPolicy>> {
        all(&self.pool).await
    }
}

impl Tx {
    /// Every policy, as this unit of work sees them.
    pub async fn policies(&mut self) -> Result<Vec<StoredPolicy>> {
        all(&mut *self.inner).await
    }

    /// The policy of a name in one place, locked.
    pub async fn policy_named(&mut self, origin: Origin, name: &str) -> Result<Option<StoredPolicy>> {
        sqlx::query_as!(
            PolicyRow,
            "select id, origin, position, version, document, updated_at from policies
             where origin = $1 and lower(name) = lower($2) for update",
            origin.as_str(),
            name
        )
        .fetch_optional(&mut *self.inner)
        .await?
        .map(PolicyRow::read)
        .transpose()
    }

    /// Writes a policy; one of its name in the same place becomes this. Gives its id and how often it was written now.
    pub async fn put_policy(&mut self, new: PolicyToStore<'_>, at: DateTime<Utc>) -> Result<(PolicyId, i32)> {
        let row = sqlx::query!(
            "insert into policies as p (id, name, origin, position, document, updated_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (origin, lower(name)) do update set name = excluded.name, position = excluded.position,
                 document = excluded.document, updated_at = excluded.updated_at, version = p.version + 1
             returning id, version",
            new.fresh.0,
            new.policy.name,
            new.origin.as_str(),
            new.position,
            new.policy.to_json(),
            at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok((row.id.into(), row.version))
    }

    /// Takes a policy away; requests that it asked for keep it as it was.
    pub async fn delete_policy(&mut self, id: PolicyId) -> Result<()> {
        sqlx::query!("delete from policies where id = $1", id.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
