//! Loading the default branch of a repository: commits, pushes, merged pull requests and compared ranges.

use std::collections::HashMap;

use domain::{
    changes::{Commit, ComparedRange, Landing, Mainline, OwnCommit, PullRequest, Push},
    ids::RepositoryId,
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Result, Tx};

impl Tx {
    /// The default branch of a repository, with the paths that commits touch where they are asked for.
    pub(crate) async fn mainline(&mut self, repository: RepositoryId, with_paths: bool) -> Result<Mainline> {
        Ok(Mainline::new(
            self.commits_of(repository, with_paths).await?,
            self.pushes_of(repository).await?,
            self.merged_pull_requests(repository).await?,
            self.compared_ranges_of(repository).await?,
        ))
    }

    async fn commits_of(&mut self, repository: RepositoryId, with_paths: bool) -> Result<Vec<Commit>> {
        let rows = sqlx::query!(
            r#"select c.sha, c.message, c.authored_at, case when $2 then c.paths end as paths, c.landed_at, c.landed_push,
                   c.landed_index, c.author_person_id, coalesce(p.display_name, c.author_name) as author,
                   coalesce(p.is_bot, false) as "is_bot!"
               from commits c left join people p on p.id = c.author_person_id
               where c.repository_id = $1"#,
            repository.0,
            with_paths
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Commit {
                landed: row.landed_at.map(|at| Landing {
                    at,
                    push: row.landed_push.unwrap_or_default(),
                    index: row.landed_index.unwrap_or_default(),
                }),
                author: author(row.author_person_id, row.author, row.is_bot),
                sha: row.sha,
                message: row.message,
                authored_at: row.authored_at,
                paths: row.paths,
            })
            .collect())
    }

    async fn pushes_of(&mut self, repository: RepositoryId) -> Result<Vec<Push>> {
        // Each was a push to the branch that was the default one then: a new name for it begins no new history.
        Ok(sqlx::query_as!(
            Push,
            "select before_sha as before, after_sha as after, pushed_at as at, commit_count as commits, forced
             from pushes where repository_id = $1",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    async fn compared_ranges_of(&mut self, repository: RepositoryId) -> Result<Vec<ComparedRange>> {
        Ok(sqlx::query_as!(
            ComparedRange,
            "select base_sha as base, head_sha as head, shas from compared_ranges where repository_id = $1",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    async fn merged_pull_requests(&mut self, repository: RepositoryId) -> Result<Vec<PullRequest>> {
        let rows = sqlx::query!(
            r#"select q.id, q.number, q.title, q.body, q.head_ref, q.labels, q.opened_at, q.ready_at,
                   q.merged_at as "merged_at!", q.merge_commit_sha as "merge_commit_sha!", q.commits_known,
                   q.first_commit_at, q.author_person_id, p.display_name as "author?",
                   coalesce(p.is_bot, false) as "is_bot!"
               from pull_requests q left join people p on p.id = q.author_person_id
               where q.repository_id = $1 and q.merged_at is not null and q.merge_commit_sha is not null"#,
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut own = self.pull_request_commits(repository).await?;
        Ok(rows
            .into_iter()
            .map(|row| PullRequest {
                own_commits: own.remove(&row.id).unwrap_or_default(),
                author: author(row.author_person_id, row.author, row.is_bot),
                id: row.id,
                number: row.number,
                title: row.title,
                body: row.body,
                head_ref: row.head_ref,
                labels: row.labels,
                opened_at: row.opened_at,
                ready_at: row.ready_at,
                merged_at: row.merged_at,
                merge_commit_sha: row.merge_commit_sha,
                commits_known: row.commits_known,
                first_commit_at: row.first_commit_at,
            })
            .collect())
    }

    async fn pull_request_commits(
        &mut self,
        repository: RepositoryId,
    ) -> Result<HashMap<Uuid, Vec<OwnCommit>>> {
        let rows = sqlx::query!(
            "select c.pull_request_id, c.sha, c.message, c.authored_at
             from pull_request_commits c join pull_requests q on q.id = c.pull_request_id
             where q.repository_id = $1 and q.merged_at is not null order by c.pull_request_id, c.index",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut own: HashMap<Uuid, Vec<_>> = HashMap::new();
        for row in rows {
            own.entry(row.pull_request_id).or_default().push(OwnCommit {
                sha: row.sha,
                message: row.message,
                authored_at: row.authored_at,
            });
        }
        Ok(own)
    }
}

fn author(person: Option<Uuid>, name: Option<String>, is_bot: bool) -> Option<PersonRef> {
    Some(PersonRef {
        id: person.map(Into::into),
        name: name?,
        is_bot,
    })
}
