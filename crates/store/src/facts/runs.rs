//! Workflow runs: one row per attempt, as the newest event describes it.

use domain::{backfill::RunDeployment, facts::WorkflowRunFact, ids::RepositoryId};

use crate::{Reads, Result, Tx};

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
            fact.run.attempt.unwrap_or(1),
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

    /// The deployments that an attempt of a run made. One whose attempt is not known is taken for one of the first.
    pub async fn deployments_of_run(&mut self, run: i64, attempt: i32) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar!(
            "select github_id from github_deployments where run_id = $1 and coalesce(run_attempt, 1) = $2 order by github_id",
            run,
            attempt
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// The deployments of a run whose attempt is not known, with the addresses of their logs.
    pub async fn untold_deployments_of_run(&mut self, run: i64) -> Result<Vec<UntoldDeployment>> {
        Ok(sqlx::query_as!(
            UntoldDeployment,
            r#"select g.github_id,
                   array(select s.log_url from github_deployment_statuses s
                         where s.deployment_id = g.github_id and s.log_url is not null) as "log_urls!: Vec<String>"
               from github_deployments g where g.run_id = $1 and g.run_attempt is null order by g.github_id"#,
            run
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// Notes which attempt made a deployment.
    pub async fn tell_run_attempt(&mut self, github_id: i64, attempt: i32) -> Result<()> {
        sqlx::query!(
            "update github_deployments set run_attempt = $2 where github_id = $1",
            github_id,
            attempt
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Reads {
    /// The runs of these deployments that deployed to one environment several times, by these and by stored ones, with an
    /// attempt that is not known.
    pub async fn runs_to_tell(&self, deployments: &[RunDeployment]) -> Result<Vec<i64>> {
        let runs: Vec<i64> = deployments.iter().map(|of| of.run).collect();
        let environments: Vec<&str> = deployments.iter().map(|of| &*of.environment).collect();
        let ids: Vec<i64> = deployments.iter().map(|of| of.github_id).collect();
        Ok(sqlx::query_scalar!(
            r#"with page as (
                 select * from unnest($1::bigint[], $2::text[], $3::bigint[]) as p (run_id, environment, github_id)
               ), all_of_them as (
                 select p.run_id, lower(p.environment) as environment, p.github_id, g.run_attempt
                 from page p left join github_deployments g on g.github_id = p.github_id
                 union
                 select g.run_id, lower(e.name), g.github_id, g.run_attempt
                 from github_deployments g join environments e on e.id = g.environment_id
                 where g.run_id = any($1)
               )
               select distinct run_id as "run_id!" from all_of_them
               group by run_id, environment
               having count(distinct github_id) > 1 and bool_or(run_attempt is null)
               order by 1"#,
            &runs,
            &environments as &[&str],
            &ids
        )
        .fetch_all(&self.pool)
        .await?)
    }
}

/// A deployment of a run whose attempt is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntoldDeployment {
    /// GitHub's id.
    pub github_id: i64,
    /// Where its logs are: they name the jobs.
    pub log_urls: Vec<String>,
}
