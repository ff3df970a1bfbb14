//! Commits and pushes. What one source leaves out another fills; nothing known is ever cleared.

use chrono::{DateTime, Utc};
use domain::{
    facts::{CommitFact, PushFact},
    ids::{PersonId, RepositoryId},
};
use serde::Serialize;

use crate::{Reads, Result, StoreError, Tx};

/// The author of a commit as far as it can be said: a person where GitHub's id or a verified e-mail says so.
#[derive(Clone, Debug, Default)]
pub struct KnownAuthor {
    /// The person.
    pub person: Option<PersonId>,
    /// Login, else the name in git, to show.
    pub name: Option<String>,
}

/// A commit to store.
#[derive(Clone, Debug)]
pub struct NewCommit<'a> {
    /// What was said of it.
    pub fact: &'a CommitFact,
    /// Its author.
    pub author: KnownAuthor,
}

/// An answer of the compare API to store.
#[derive(Clone, Debug)]
pub struct ComparedCommits<'a> {
    /// From (excluded).
    pub base: &'a str,
    /// To (included).
    pub head: &'a str,
    /// `ahead behind diverged identical`
    pub status: &'a str,
    /// Commits of head that base has not, oldest first.
    pub shas: &'a [String],
    /// When it was asked.
    pub fetched_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct CommitJson<'a> {
    sha: &'a str,
    message: &'a str,
    authored_at: Option<DateTime<Utc>>,
    committed_at: Option<DateTime<Utc>>,
    person: Option<uuid::Uuid>,
    name: Option<&'a str>,
    email: Option<&'a str>,
    paths: Option<&'a [String]>,
    index: i32,
}

impl Tx {
    /// Stores a push to the default branch. The same two heads pushed again keep the first time.
    pub async fn insert_push(&mut self, repository: RepositoryId, push: &PushFact) -> Result<()> {
        sqlx::query!(
            "insert into pushes (repository_id, before_sha, after_sha, git_ref, pushed_at, forced, commit_count)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (repository_id, git_ref, after_sha, before_sha)
             do update set pushed_at = excluded.pushed_at where pushes.pushed_at > excluded.pushed_at",
            repository.0,
            push.before,
            push.after,
            push.git_ref,
            push.pushed_at,
            push.forced,
            count(push.commits.len())
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stores commits, oldest first. `landing` is the push that brought them to the default branch, its time and head;
    /// of several, the earliest stands.
    pub async fn insert_commits(
        &mut self,
        repository: RepositoryId,
        commits: &[NewCommit<'_>],
        landing: Option<(DateTime<Utc>, &str)>,
    ) -> Result<()> {
        if commits.is_empty() {
            return Ok(());
        }
        let rows = as_json(commits)?;
        let (landed_at, landed_push) = landing.unzip();
        // Two sources may give two times for one commit; the earlier is the author's, the later the committer's.
        sqlx::query!(
            "insert into commits as c (repository_id, sha, message, authored_at, committed_at, author_person_id, author_name,
                 author_email, paths, landed_at, landed_index, landed_push)
             select $1, n.sha, n.message, n.authored_at, n.committed_at, n.person, n.name, n.email, n.paths,
                 $3::timestamptz, case when $3 is null then null else n.index end, $4::text
             from json_to_recordset($2::json) as n (sha text, message text, authored_at timestamptz,
                 committed_at timestamptz, person uuid, name text, email text, paths text[], index int)
             on conflict (repository_id, sha) do update set
                 authored_at = least(c.authored_at, excluded.authored_at),
                 committed_at = greatest(c.committed_at, excluded.committed_at),
                 author_person_id = coalesce(c.author_person_id, excluded.author_person_id),
                 author_name = coalesce(c.author_name, excluded.author_name),
                 author_email = coalesce(c.author_email, excluded.author_email),
                 paths = coalesce(c.paths, excluded.paths),
                 (landed_at, landed_push, landed_index) = (
                     select l.at, l.push, l.index
                     from (values (c.landed_at, c.landed_push, c.landed_index),
                                  (excluded.landed_at, excluded.landed_push, excluded.landed_index)) as l (at, push, index)
                     order by l.at, l.push, l.index limit 1)",
            repository.0,
            rows,
            landed_at,
            landed_push
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stores an answer of the compare API; a newer answer replaces an older one.
    pub async fn put_compared_range(
        &mut self,
        repository: RepositoryId,
        range: &ComparedCommits<'_>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into compared_ranges (repository_id, base_sha, head_sha, shas, status, fetched_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (repository_id, base_sha, head_sha)
             do update set shas = excluded.shas, status = excluded.status, fetched_at = excluded.fetched_at",
            repository.0,
            range.base,
            range.head,
            range.shas,
            range.status,
            range.fetched_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Reads {
    /// The ranges (base and head) of which no answer of the compare API is stored.
    pub async fn unknown_ranges(
        &self,
        repository: RepositoryId,
        ranges: &[(String, String)],
    ) -> Result<Vec<(String, String)>> {
        let (bases, heads): (Vec<String>, Vec<String>) = ranges.iter().cloned().unzip();
        let rows = sqlx::query!(
            r#"select n.base as "base!", n.head as "head!" from unnest($2::text[], $3::text[]) as n (base, head)
               where not exists (select from compared_ranges c
                                 where c.repository_id = $1 and c.base_sha = n.base and c.head_sha = n.head)"#,
            repository.0,
            &bases,
            &heads
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.base, row.head)).collect())
    }

    /// Head of the newest push to a branch that is stored.
    pub async fn newest_head(&self, repository: RepositoryId, git_ref: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!(
            "select after_sha from pushes where repository_id = $1 and git_ref = $2 order by pushed_at desc limit 1",
            repository.0,
            git_ref
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

/// The rows as one JSON parameter: their lists of paths have different lengths, which arrays of arrays cannot hold.
pub(super) fn as_json(commits: &[NewCommit<'_>]) -> Result<serde_json::Value> {
    let mut seen = std::collections::HashSet::new();
    let rows: Vec<_> = commits
        .iter()
        .enumerate()
        // One statement cannot write one row twice.
        .filter(|(_, commit)| seen.insert(commit.fact.sha.as_str()))
        .map(|(index, commit)| CommitJson {
            sha: &commit.fact.sha,
            message: &commit.fact.message,
            authored_at: commit.fact.authored_at,
            committed_at: commit.fact.committed_at,
            person: commit.author.person.map(|person| person.0),
            name: commit.author.name.as_deref(),
            email: commit.fact.author.email.as_deref(),
            paths: commit.fact.paths.as_deref(),
            index: count(index),
        })
        .collect();
    serde_json::to_value(rows).map_err(|error| StoreError::Db(sqlx::Error::Encode(error.into())))
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
