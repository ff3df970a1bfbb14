//! Pull requests, as the newest event describes them, and their own commits once GitHub was asked.

use chrono::{DateTime, Utc};
use domain::{facts::PullRequestFact, ids::RepositoryId, pull_requests::PullRequestRecord};
use uuid::Uuid;

use super::{NewCommit, commits::as_json};
use crate::{Reads, Result, Tx};

/// A stored pull request's row and what has been said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestPlace {
    /// Id of the row.
    pub id: Uuid,
    /// What its events add up to.
    pub record: PullRequestRecord,
    /// Whether its own commits are stored.
    pub commits_known: bool,
}

/// A merged pull request whose own commits are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestToFetch {
    /// Repository.
    pub repository: RepositoryId,
    /// Number.
    pub number: i64,
}

impl Tx {
    /// What is stored of a pull request. The caller holds the repository's row, so it does not change meanwhile.
    pub async fn pull_request_record(
        &mut self,
        repository: RepositoryId,
        number: i64,
    ) -> Result<Option<PullRequestPlace>> {
        let row = sqlx::query!(
            "select id, title, body, draft, author_person_id, head_ref, head_sha, base_ref, merge_commit_sha, labels,
                 from_fork, opened_at, merged_at, closed_at, commits_known, facts_as_of, ready_event_at, draft_seen_at
             from pull_requests where repository_id = $1 and number = $2",
            repository.0,
            number
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| PullRequestPlace {
            id: row.id,
            commits_known: row.commits_known,
            record: PullRequestRecord {
                newest: PullRequestFact {
                    action: String::new(),
                    number,
                    title: row.title,
                    body: row.body,
                    draft: row.draft,
                    author: None,
                    head_ref: row.head_ref,
                    head_sha: row.head_sha,
                    from_fork: row.from_fork,
                    base_ref: row.base_ref,
                    merge_commit_sha: row.merge_commit_sha,
                    labels: row.labels,
                    opened_at: row.opened_at,
                    updated_at: row.facts_as_of,
                    merged_at: row.merged_at,
                    closed_at: row.closed_at,
                },
                author: row.author_person_id.map(Into::into),
                ready_event_at: row.ready_event_at,
                draft_seen_at: row.draft_seen_at,
            },
        }))
    }

    /// Stores what the events of a pull request add up to.
    pub async fn put_pull_request(
        &mut self,
        id: Uuid,
        repository: RepositoryId,
        record: &PullRequestRecord,
    ) -> Result<()> {
        let pr = &record.newest;
        sqlx::query!(
            "insert into pull_requests (id, repository_id, number, title, body, state, draft, author_person_id, head_ref,
                 head_sha, base_ref, merge_commit_sha, labels, from_fork, opened_at, ready_at, merged_at, closed_at,
                 facts_as_of, ready_event_at, draft_seen_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
             on conflict (repository_id, number) do update set title = excluded.title, body = excluded.body,
                 state = excluded.state, draft = excluded.draft, author_person_id = excluded.author_person_id,
                 head_ref = excluded.head_ref, head_sha = excluded.head_sha, base_ref = excluded.base_ref,
                 merge_commit_sha = excluded.merge_commit_sha, labels = excluded.labels, from_fork = excluded.from_fork,
                 opened_at = excluded.opened_at, ready_at = excluded.ready_at, merged_at = excluded.merged_at,
                 closed_at = excluded.closed_at, facts_as_of = excluded.facts_as_of,
                 ready_event_at = excluded.ready_event_at, draft_seen_at = excluded.draft_seen_at",
            id,
            repository.0,
            pr.number,
            pr.title,
            pr.body,
            record.state(),
            pr.draft,
            record.author.map(|author| author.0),
            pr.head_ref,
            pr.head_sha,
            pr.base_ref,
            pr.merge_commit_sha,
            &pr.labels,
            pr.from_fork,
            pr.opened_at,
            record.ready_at(),
            pr.merged_at,
            pr.closed_at,
            pr.updated_at,
            record.ready_event_at,
            record.draft_seen_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Replaces the own commits of a pull request, oldest first, and takes over the time of the first one. `complete` says
    /// whether these are all: of an incomplete list the first commit is still the first.
    pub async fn put_pull_request_commits(
        &mut self,
        pull_request: Uuid,
        commits: &[NewCommit<'_>],
    ) -> Result<()> {
        let rows = as_json(commits)?;
        sqlx::query!(
            "delete from pull_request_commits where pull_request_id = $1",
            pull_request
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into pull_request_commits (pull_request_id, sha, index, authored_at, message, author_person_id,
                 author_name, author_email)
             select $1, n.sha, n.index, n.authored_at, n.message, n.person, n.name, n.email
             from json_to_recordset($2::json) as n (sha text, message text, authored_at timestamptz, person uuid, name text,
                 email text, index int)",
            pull_request,
            rows
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update pull_requests set commits_known = true, first_commit_at =
                 (select min(authored_at) from pull_request_commits where pull_request_id = $1)
             where id = $1",
            pull_request
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Reads {
    /// The newest merged pull requests whose own commits are not known and whose repository GitHub still has.
    pub async fn pull_requests_without_commits(
        &self,
        merged_after: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<PullRequestToFetch>> {
        let rows = sqlx::query!(
            "select p.repository_id, p.number from pull_requests p join repositories r on r.id = p.repository_id
             where p.merged_at > $1 and not p.commits_known and r.deleted_at is null and r.github_id is not null
             order by p.merged_at desc limit $2",
            merged_after,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| PullRequestToFetch {
                repository: row.repository_id.into(),
                number: row.number,
            })
            .collect())
    }
}
