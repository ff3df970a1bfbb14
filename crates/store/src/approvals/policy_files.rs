//! Policies in Git: which repository they are read from, and what became of its files.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{PolicyFile, PolicyPlace, PolicySource},
    ids::{PolicyId, RepositoryId},
};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

struct SourceRow {
    repository: String,
    path: String,
    repository_id: Uuid,
    name: String,
    is_deleted: bool,
    head: Option<String>,
    compared_at: Option<DateTime<Utc>>,
    problem: Option<String>,
    problem_since: Option<DateTime<Utc>>,
}

impl From<SourceRow> for PolicySource {
    fn from(row: SourceRow) -> Self {
        Self {
            repository: row.repository,
            path: row.path,
            repository_id: row.repository_id.into(),
            name: row.name,
            is_deleted: row.is_deleted,
            head: row.head,
            compared_at: row.compared_at,
            problem: row.problem.zip(row.problem_since),
        }
    }
}

struct FileRow {
    path: String,
    seen_blob: String,
    seen_at: DateTime<Utc>,
    good_commit: Option<String>,
    good_at: Option<DateTime<Utc>>,
    problems: Value,
    policies: Vec<Uuid>,
}

impl FileRow {
    fn read(self) -> Result<PolicyFile> {
        let problems = serde_json::from_value(self.problems)
            .map_err(|_| StoreError::corrupt("policy_files", "problems", &self.path))?;
        Ok(PolicyFile {
            path: self.path,
            seen_blob: self.seen_blob,
            seen_at: self.seen_at,
            good: self.good_commit.zip(self.good_at),
            problems,
            policies: self.policies.into_iter().map(PolicyId).collect(),
        })
    }
}

async fn source(db: impl PgExecutor<'_>) -> Result<Option<PolicySource>> {
    let row = sqlx::query_as!(
        SourceRow,
        r#"select s.repository, s.path, s.repository_id, r.owner || '/' || r.name as "name!",
                  r.deleted_at is not null as "is_deleted!", s.head, s.compared_at, s.problem, s.problem_since
           from policy_source s join repositories r on r.id = s.repository_id"#
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Into::into))
}

async fn files(db: impl PgExecutor<'_>) -> Result<Vec<PolicyFile>> {
    let rows = sqlx::query_as!(
        FileRow,
        r#"select path, seen_blob, seen_at, good_commit, good_at, problems, policies
           from policy_files order by path collate "C""#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(FileRow::read).collect()
}

impl Reads {
    /// The repository that policies are read from; `None` where they never were.
    pub async fn policy_source(&self) -> Result<Option<PolicySource>> {
        source(&self.pool).await
    }

    /// Every file of policies, by path.
    pub async fn policy_files(&self) -> Result<Vec<PolicyFile>> {
        files(&self.pool).await
    }
}

impl Tx {
    /// The repository that policies are read from, as this unit of work sees it.
    pub async fn policy_source(&mut self) -> Result<Option<PolicySource>> {
        source(&mut *self.inner).await
    }

    /// Every file of policies, as this unit of work sees them, by path.
    pub async fn policy_files(&mut self) -> Result<Vec<PolicyFile>> {
        files(&mut *self.inner).await
    }

    /// Says which repository policies are read from, from now on; it was not compared yet.
    pub async fn set_policy_source(&mut self, place: &PolicyPlace, repository: RepositoryId) -> Result<()> {
        sqlx::query!(
            "insert into policy_source (repository, path, repository_id) values ($1, $2, $3)
             on conflict (only_one) do update set repository = excluded.repository, path = excluded.path,
                 repository_id = excluded.repository_id, head = null, compared_at = null, problem = null, problem_since = null",
            place.repository.full_name(),
            place.path,
            repository.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that the repository was compared as of a commit.
    pub async fn note_policies_compared(&mut self, head: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update policy_source set head = $1, compared_at = $2, problem = null, problem_since = null",
            head,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes why the repository could not be read; since when stays as it was first noted.
    pub async fn note_policies_unread(&mut self, problem: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update policy_source set problem = $1, problem_since = coalesce(problem_since, $2)",
            problem,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes what became of a file.
    pub async fn put_policy_file(&mut self, file: &PolicyFile) -> Result<()> {
        let (good_commit, good_at) = file.good.clone().unzip();
        let policies: Vec<Uuid> = file.policies.iter().map(|id| id.0).collect();
        let problems = serde_json::to_value(&file.problems)
            .map_err(|_| StoreError::corrupt("policy_files", "problems", &file.path))?;
        sqlx::query!(
            "insert into policy_files (path, seen_blob, seen_at, good_commit, good_at, problems, policies)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (path) do update set seen_blob = excluded.seen_blob, seen_at = excluded.seen_at,
                 good_commit = excluded.good_commit, good_at = excluded.good_at, problems = excluded.problems,
                 policies = excluded.policies",
            file.path,
            file.seen_blob,
            file.seen_at,
            good_commit,
            good_at,
            problems,
            &policies
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Forgets a file that is gone.
    pub async fn delete_policy_file(&mut self, path: &str) -> Result<()> {
        sqlx::query!("delete from policy_files where path = $1", path)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
