//! Workflow runs: one row per attempt, as the newest event describes it.

use domain::{facts::WorkflowRunFact, ids::RepositoryId};

use crate::{Result, Tx};

impl Tx {
    /// Stores the status of a run's attempt. A completed attempt is newer than anything else of the same second.
    pub async fn put_workflow_run(&mut self, repository: RepositoryId, fact: &WorkflowRunFact) -> Result<()> {
        sqlx::query!(
            "insert into workflow_runs as r (run_id, attempt, repository_id, name, path, head_sha, head_branch, event, status,
                 conclusion, url, started_at, facts_as_of)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict (run_id, attempt) do update set name = coalesce(excluded.name, r.name),
                 path = coalesce(excluded.path, r.path), head_sha = excluded.head_sha, head_branch = excluded.head_branch,
                 event = excluded.event, status = excluded.status, conclusion = excluded.conclusion, url = excluded.url,
                 started_at = excluded.started_at, facts_as_of = excluded.facts_as_of
             where (r.facts_as_of, r.status = 'completed', r.status, coalesce(r.conclusion, ''))
                 < (excluded.facts_as_of, excluded.status = 'completed', excluded.status, coalesce(excluded.conclusion, ''))",
            fact.run.id,
            fact.run.attempt,
            repository.0,
            fact.run.name,
            fact.run.path,
            fact.head_sha,
            fact.head_branch,
            fact.event,
            fact.status,
            fact.conclusion,
            fact.url,
            fact.started_at,
            fact.updated_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The deployments that an attempt of a run made.
    pub async fn deployments_of_run(&mut self, run: i64, attempt: i32) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar!(
            "select github_id from github_deployments where run_id = $1 and run_attempt = $2 order by github_id",
            run,
            attempt
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }
}
