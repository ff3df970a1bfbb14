//! CODEOWNERS as it stands on default branches, and the teams of the catalog behind GitHub's.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::{RepositoryId, ServiceId, TeamId},
    integrations::Tombstone,
    people::TeamRef,
};
use sqlx::{PgExecutor, PgPool};

use crate::{Reads, Result, Tx};

/// A repository's CODEOWNERS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCodeowners {
    /// Where it lies.
    pub path: String,
    /// Git's id of its content.
    pub blob: String,
    /// Its text.
    pub text: String,
}

impl Tx {
    /// Takes a version over.
    pub async fn put_codeowners(
        &mut self,
        repository: RepositoryId,
        file: &StoredCodeowners,
        (commit, at): (&str, DateTime<Utc>),
    ) -> Result<()> {
        sqlx::query!(
            "insert into codeowners (repository_id, path, blob, commit_sha, text, fetched_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (repository_id) do update set path = excluded.path, blob = excluded.blob,
                 commit_sha = excluded.commit_sha, text = excluded.text, fetched_at = excluded.fetched_at",
            repository.0,
            file.path,
            file.blob,
            commit,
            file.text,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The repository has the file no more; whether it had one.
    pub async fn drop_codeowners(&mut self, repository: RepositoryId) -> Result<bool> {
        let dropped = sqlx::query!("delete from codeowners where repository_id = $1", repository.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(dropped.rows_affected() > 0)
    }

    /// A repository's file.
    pub async fn codeowners(&mut self, repository: RepositoryId) -> Result<Option<StoredCodeowners>> {
        codeowners(&mut *self.inner, repository).await
    }

    /// The teams whose Groups name teams of GitHub, by `organisation/team` in lower case.
    pub async fn teams_by_github_slug(&mut self, slugs: &[String]) -> Result<HashMap<String, TeamRef>> {
        teams_by_github_slug(&mut *self.inner, slugs).await
    }

    /// The services of a repository whose own description names no team, with their paths.
    pub async fn services_without_own_team(
        &mut self,
        repository: RepositoryId,
    ) -> Result<Vec<(ServiceId, Vec<String>)>> {
        let rows = sqlx::query!(
            "select s.id, s.path_globs from services s join entities e on e.id = s.id
             where s.repository_id = $1 and s.removed_at is null
               and lower(e.descriptor #>> '{spec,owner}') like 'user:%' order by s.id",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id.into(), row.path_globs))
            .collect())
    }

    /// Gives a service to the team that CODEOWNERS names, or to none; whether that is another than before.
    pub async fn set_service_team(
        &mut self,
        service: ServiceId,
        team: Option<TeamId>,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let changed = sqlx::query!(
            "update services set team_id = $2 where id = $1 and team_id is distinct from $2",
            service.0,
            team.map(|team| team.0)
        )
        .execute(&mut *self.inner)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        self.note_owner(service, team, at).await?;
        Ok(true)
    }
}

impl Reads {
    /// A repository's file.
    pub async fn codeowners(&self, repository: RepositoryId) -> Result<Option<StoredCodeowners>> {
        codeowners(&self.pool, repository).await
    }

    /// The teams whose Groups name teams of GitHub, by `organisation/team` in lower case.
    pub async fn teams_by_github_slug(&self, slugs: &[String]) -> Result<HashMap<String, TeamRef>> {
        let pool: &PgPool = &self.pool;
        teams_by_github_slug(pool, slugs).await
    }

    /// Where a removed service was described, when its file went.
    pub async fn tombstone(&self, service: ServiceId) -> Result<Option<Tombstone>> {
        Ok(sqlx::query_as!(
            Tombstone,
            r#"select coalesce(r.owner || '/' || r.name || ':' || substr(c.location, strpos(c.location, ':') + 1),
                               c.location) as "location!",
                      e.removed_at as "removed_at!", c.removed_commit as commit
               from entities e join catalog_sources c on c.id = e.source_id
               left join repositories r on r.id = c.repository_id
               where e.id = $1 and e.removed_at is not null"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

async fn codeowners(
    executor: impl PgExecutor<'_>,
    repository: RepositoryId,
) -> Result<Option<StoredCodeowners>> {
    Ok(sqlx::query_as!(
        StoredCodeowners,
        "select path, blob, text from codeowners where repository_id = $1",
        repository.0
    )
    .fetch_optional(executor)
    .await?)
}

async fn teams_by_github_slug(
    executor: impl PgExecutor<'_>,
    slugs: &[String],
) -> Result<HashMap<String, TeamRef>> {
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let slugs: Vec<String> = slugs.iter().map(|slug| slug.to_lowercase()).collect();
    // Index entities_by_team_slug. A Group's team has its slug: the name, or namespace~name.
    let rows = sqlx::query!(
        r#"select lower(e.descriptor #>> '{metadata,annotations,github.com/team-slug}') as "github!", t.id, t.slug, t.title
           from entities e join teams t on t.slug = case when lower(e.namespace) = 'default' then lower(e.name)
                                                         else lower(e.namespace) || '~' || lower(e.name) end
           where e.kind = 'Group' and e.removed_at is null
             and lower(e.descriptor #>> '{metadata,annotations,github.com/team-slug}') = any($1)
           order by e.created_at desc, e.id desc"#,
        &slugs
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let team = TeamRef {
                id: row.id.into(),
                slug: row.slug,
                title: row.title,
            };
            (row.github, team)
        })
        .collect())
}
