//! GitHub deployments and their statuses as reported. Which service each belongs to is decided elsewhere.

use domain::{
    facts::{DeploymentFact, DeploymentStatusFact},
    ids::{EnvironmentId, PersonId, RepositoryId},
};

use crate::{Result, Tx};

impl Tx {
    /// Stores a deployment. What never changes stays as first said; a run that one event leaves out another fills; of two
    /// attempts, the one that made it is the first, and one that is not known says nothing.
    pub async fn put_github_deployment(
        &mut self,
        repository: RepositoryId,
        environment: EnvironmentId,
        fact: &DeploymentFact,
        creator: Option<PersonId>,
    ) -> Result<()> {
        let run = fact.run.as_ref();
        sqlx::query!(
            "insert into github_deployments as d (github_id, repository_id, environment_id, sha, git_ref, task, payload,
                 description, creator_id, creator_name, run_id, run_attempt, workflow, created_at, facts_as_of)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (github_id) do update set
                 description = case when d.facts_as_of < excluded.facts_as_of then excluded.description else d.description end,
                 creator_id = coalesce(d.creator_id, excluded.creator_id),
                 creator_name = coalesce(d.creator_name, excluded.creator_name),
                 run_id = coalesce(d.run_id, excluded.run_id),
                 run_attempt = least(d.run_attempt, excluded.run_attempt),
                 workflow = coalesce(d.workflow, excluded.workflow),
                 facts_as_of = greatest(d.facts_as_of, excluded.facts_as_of)
             where d.facts_as_of < excluded.facts_as_of or (d.run_id is null and excluded.run_id is not null)
                or d.run_attempt > excluded.run_attempt or (d.run_attempt is null and excluded.run_attempt is not null) or (d.workflow is null and excluded.workflow is not null)",
            fact.github_id,
            repository.0,
            environment.0,
            fact.sha,
            fact.git_ref,
            fact.task,
            fact.payload,
            fact.description,
            creator.map(|creator| creator.0),
            fact.creator.as_ref().map(|creator| &*creator.login),
            run.map(|run| run.id),
            run.and_then(|run| run.attempt),
            run.and_then(|run| run.name.as_ref().or(run.path.as_ref())),
            fact.created_at,
            fact.updated_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stores a status of a stored deployment; gives whether it is new.
    pub async fn insert_github_deployment_status(&mut self, status: &DeploymentStatusFact) -> Result<bool> {
        let done = sqlx::query!(
            "insert into github_deployment_statuses (github_id, deployment_id, state, description, log_url, environment_url,
                 created_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            status.github_id,
            status.deployment.github_id,
            status.state,
            status.description,
            status.log_url,
            status.environment_url,
            status.created_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Stores statuses of stored deployments; those that are there already stay.
    pub async fn insert_github_deployment_statuses(
        &mut self,
        statuses: &[DeploymentStatusFact],
    ) -> Result<()> {
        let ids: Vec<i64> = statuses.iter().map(|status| status.github_id).collect();
        let deployments: Vec<i64> = statuses
            .iter()
            .map(|status| status.deployment.github_id)
            .collect();
        let states: Vec<&str> = statuses.iter().map(|status| &*status.state).collect();
        let texts = |of: fn(&DeploymentStatusFact) -> &Option<String>| -> Vec<Option<String>> {
            statuses.iter().map(|status| of(status).clone()).collect()
        };
        let times: Vec<_> = statuses.iter().map(|status| status.created_at).collect();
        sqlx::query!(
            "insert into github_deployment_statuses (github_id, deployment_id, state, description, log_url, environment_url,
                 created_at)
             select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                 $7::timestamptz[])
             on conflict do nothing",
            &ids,
            &deployments,
            &states as &[&str],
            &texts(|status| &status.description) as &[Option<String>],
            &texts(|status| &status.log_url) as &[Option<String>],
            &texts(|status| &status.environment_url) as &[Option<String>],
            &times
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
