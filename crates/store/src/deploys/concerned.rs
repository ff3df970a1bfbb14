//! What says which services of a repository a new fact may concern: their paths, the commits that they deployed, and
//! whether the fact only adds to the end of the branch.

use domain::{
    facts::PushFact,
    ids::{RepositoryId, ServiceId},
};

use crate::{Result, Tx};

impl Tx {
    /// The registered services of a repository with their path globs.
    pub async fn services_with_paths(
        &mut self,
        repository: RepositoryId,
    ) -> Result<Vec<(ServiceId, Vec<String>)>> {
        let rows = sqlx::query!(
            "select id, path_globs from services where repository_id = $1 and removed_at is null order by id",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id.into(), row.path_globs))
            .collect())
    }

    /// Commits, and the own commits of the pull requests that one of them merged: what a change may be known by.
    pub async fn with_own_commits(
        &mut self,
        repository: RepositoryId,
        mut shas: Vec<String>,
    ) -> Result<Vec<String>> {
        let own = sqlx::query_scalar!(
            "select c.sha from pull_request_commits c join pull_requests q on q.id = c.pull_request_id
             where q.repository_id = $1 and q.merge_commit_sha = any($2) and q.merged_at is not null",
            repository.0,
            &shas
        )
        .fetch_all(&mut *self.inner)
        .await?;
        shas.extend(own);
        Ok(shas)
    }

    /// The registered services of a repository that have a deploy of one of some commits.
    pub async fn services_that_deployed(
        &mut self,
        repository: RepositoryId,
        shas: &[String],
    ) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select distinct s.id from deploys d join services s on s.id = d.service_id
             where d.sha = any($2) and s.repository_id = $1 and s.removed_at is null",
            repository.0,
            shas
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Whether an answer of the compare API holds one of some commits.
    pub async fn is_compared(&mut self, repository: RepositoryId, shas: &[String]) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from compared_ranges where repository_id = $1 and shas && $2) as "is!""#,
            repository.0,
            shas
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Whether a push that is not stored yet comes after all that are, with commits that nothing has told of.
    pub async fn is_news(
        &mut self,
        repository: RepositoryId,
        push: &PushFact,
        shas: &[String],
    ) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select not exists (select from pushes where repository_id = $1 and pushed_at >= $2)
                   and not exists (select from commits where repository_id = $1 and sha = any($3)) as "is!""#,
            repository.0,
            push.pushed_at,
            shas
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// The paths of every commit that landed in the same push as this one, `None` for one whose paths are not known;
    /// empty while the commit has not landed.
    pub async fn paths_landed_with(
        &mut self,
        repository: RepositoryId,
        sha: &str,
    ) -> Result<Vec<Option<Vec<String>>>> {
        let rows = sqlx::query!(
            "select o.paths from commits c
             join commits o on o.repository_id = c.repository_id and o.landed_at = c.landed_at
                           and o.landed_push = c.landed_push
             where c.repository_id = $1 and c.sha = $2 and c.landed_at is not null",
            repository.0,
            sha
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(|row| row.paths).collect())
    }

    /// The commit that a release is stored as standing for.
    pub async fn target_of_release(&mut self, github_id: i64) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!(
            "select target from github_releases where github_id = $1",
            github_id
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}
