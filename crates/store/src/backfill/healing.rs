//! Which facts are stored already: what a later look at GitHub finds beyond them, events had not brought.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use domain::{facts::PullRequestFact, ids::RepositoryId};

use crate::{Reads, Result, StoreError, Tx};

/// A repository that is compared with what events brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryToCompare {
    /// Fairway's id.
    pub id: RepositoryId,
    /// Owner's login now.
    pub owner: String,
    /// Name now, without the owner.
    pub name: String,
    /// When it was last compared.
    pub looked_at: Option<DateTime<Utc>>,
}

/// What of some facts is stored already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Deployments and statuses by GitHub's id.
    pub ids: HashSet<i64>,
    /// Pull requests by number, as they were described.
    pub pull_requests: HashSet<i64>,
}

impl Tx {
    /// Which of these deployments and statuses are stored.
    pub async fn known_deployments(&mut self, deployments: &[i64], statuses: &[i64]) -> Result<Known> {
        let ids = sqlx::query_scalar!(
            r#"select github_id as "id!" from github_deployments where github_id = any($1)
               union all select github_id from github_deployment_statuses where github_id = any($2)"#,
            deployments,
            statuses
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(Known {
            ids: ids.into_iter().collect(),
            ..Known::default()
        })
    }

    /// Which of these pull requests are stored as they are described. Their times are not compared: a comment moves them
    /// on without an event.
    pub async fn known_pull_requests(
        &mut self,
        repository: RepositoryId,
        described: &[&PullRequestFact],
    ) -> Result<Known> {
        let described = serde_json::to_value(described)
            .map_err(|error| StoreError::Db(sqlx::Error::Encode(error.into())))?;
        let known = sqlx::query_scalar!(
            "select p.number from pull_requests p
             join json_to_recordset($2::json) as d (number bigint, title text, draft boolean, head_sha text, base_ref text,
                 labels text[], merged_at timestamptz, closed_at timestamptz) on d.number = p.number
             where p.repository_id = $1 and p.title = d.title and p.draft = d.draft and p.head_sha = d.head_sha
               and p.base_ref = d.base_ref and p.labels @> d.labels and p.labels <@ d.labels
               and p.merged_at is not distinct from d.merged_at and p.closed_at is not distinct from d.closed_at",
            repository.0,
            described
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(Known {
            pull_requests: known.into_iter().collect(),
            ..Known::default()
        })
    }

    /// Notes that a repository was compared, and how many facts events had not brought.
    pub async fn note_compared(
        &mut self,
        repository: RepositoryId,
        at: DateTime<Utc>,
        healed: u64,
    ) -> Result<()> {
        sqlx::query!(
            "update repository_listings set looked_at = $2, healed = healed + $3 where repository_id = $1",
            repository.0,
            at,
            i64::try_from(healed).unwrap_or(i64::MAX)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes a look at GitHub's log of deliveries, with how many were missing and how many were asked for again.
    pub async fn note_delivery_log_look(
        &mut self,
        at: DateTime<Utc>,
        (missing, asked): (u64, u64),
    ) -> Result<()> {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        sqlx::query!(
            "insert into delivery_log_looks (looked_at, missing, asked) values ($1, $2, $3)
             on conflict (single) do update set looked_at = $1, missing = delivery_log_looks.missing + $2,
                 asked = delivery_log_looks.asked + $3",
            at,
            count(missing),
            count(asked)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Reads {
    /// When GitHub's log of deliveries was last looked at.
    pub async fn delivery_log_look(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(sqlx::query_scalar!("select looked_at from delivery_log_looks")
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Which of these deliveries of a source are in the inbox, or were.
    pub async fn received_deliveries(&self, source: &str, ids: &[String]) -> Result<BTreeSet<String>> {
        let known = sqlx::query_scalar!(
            "select delivery_id from delivery_keys where source = $1 and delivery_id = any($2)",
            source,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(known.into_iter().collect())
    }

    /// The listed repositories that were longest not compared and not since `before`, at most so many. Archived ones
    /// change no more, and what a person ignores is not asked about.
    pub async fn repositories_to_compare(
        &self,
        before: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<RepositoryToCompare>> {
        let rows = sqlx::query!(
            "select r.id, r.owner, r.name, l.looked_at
             from repository_listings l join repositories r on r.id = l.repository_id
             where l.gone_at is null and l.ignored_at is null and r.archived_at is null and r.deleted_at is null
               and (l.looked_at is null or l.looked_at < $1)
             order by l.looked_at nulls first, r.id limit $2",
            before,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| RepositoryToCompare {
                id: row.id.into(),
                owner: row.owner,
                name: row.name,
                looked_at: row.looked_at,
            })
            .collect())
    }
}
