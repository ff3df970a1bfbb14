//! Policies as they are stored: documents, in one form.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Eligible, Origin, Policy, StoredPolicy},
    ids::PolicyId,
};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// Serialises writers of policies: two that would have one name are written one after the other.
const POLICIES_LOCK: i64 = 0x6661_6972_706f_6c69;

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
    /// Its id, new or of the one that becomes this.
    pub id: PolicyId,
    /// What it says.
    pub policy: &'a Policy,
    /// Where it was written.
    pub origin: Origin,
    /// Its place among the others.
    pub position: i32,
}

/// Those of these whom nobody knows: teams by their slug, people by an e-mail or their login.
async fn unknown(db: impl PgExecutor<'_>, named: &[&Eligible]) -> Result<Vec<Eligible>> {
    let (mut teams, mut users) = (Vec::new(), Vec::new());
    for who in named {
        match who {
            Eligible::Role(_) => {}
            Eligible::Team(slug) => teams.push(slug.clone()),
            Eligible::User(name) => users.push(name.clone()),
        }
    }
    if teams.is_empty() && users.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select n.name as "name!", true as "is_team!" from unnest($1::text[]) as n (name)
           where not exists (select from teams t where t.slug = n.name)
           union
           select n.name, false from unnest($2::text[]) as n (name)
           where not exists (select from people p where p.merged_into is null and lower(p.login) = n.name)
             and not exists (select from accounts a where a.email = n.name)
             and not exists (select from identities i where i.provider = 'email' and i.subject = n.name)"#,
        &teams,
        &users
    )
    .fetch_all(db)
    .await?;
    let read = rows.into_iter().map(|row| {
        if row.is_team {
            Eligible::Team(row.name)
        } else {
            Eligible::User(row.name)
        }
    });
    Ok(read.collect())
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

    /// Those whom policies name and nobody knows.
    pub async fn unknown_to_policies(&self, named: &[&Eligible]) -> Result<Vec<Eligible>> {
        unknown(&self.pool, named).await
    }
}

impl Tx {
    /// Waits until no other unit of work writes policies.
    pub async fn lock_policies(&mut self) -> Result<()> {
        sqlx::query!("select pg_advisory_xact_lock($1)", POLICIES_LOCK)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Every policy, as this unit of work sees them.
    pub async fn policies(&mut self) -> Result<Vec<StoredPolicy>> {
        all(&mut *self.inner).await
    }

    /// Those whom policies name and nobody knows.
    pub async fn unknown_to_policies(&mut self, named: &[&Eligible]) -> Result<Vec<Eligible>> {
        unknown(&mut *self.inner, named).await
    }

    /// Writes a policy; the one with its id becomes this. Names are looked at before, under the lock.
    pub async fn put_policy(&mut self, new: PolicyToStore<'_>, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "insert into policies as p (id, name, origin, position, document, updated_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (id) do update set name = excluded.name, position = excluded.position,
                 document = excluded.document, updated_at = excluded.updated_at, version = p.version + 1",
            new.id.0,
            new.policy.name,
            new.origin.as_str(),
            new.position,
            new.policy.to_json(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Gives policies their places among the others. What they say stays, and so does their version.
    pub async fn place_policies(&mut self, ids: &[PolicyId], positions: &[i32]) -> Result<()> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        sqlx::query!(
            "update policies p set position = n.position
             from unnest($1::uuid[], $2::int[]) as n (id, position) where p.id = n.id and p.position <> n.position",
            &ids,
            positions
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes a policy away; requests that it asked for keep it as it was.
    pub async fn delete_policy(&mut self, id: PolicyId) -> Result<()> {
        sqlx::query!(
            "with forgotten as (update policy_files set policies = array_remove(policies, $1::uuid) where $1 = any(policies))
             delete from policies where id = $1",
            id.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
