//! What GitHub is shown of a drive, and what comes back of it: deployments that are part of a drive.

use domain::{
    deploys::matching::{GithubDeployment, payload_text},
    ids::{DeployId, EffectId, ServiceId},
    outbox::EffectTarget,
};

use crate::{Reads, Result, Tx};

/// Where a drive is shown, and what was shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToShow {
    /// Owner of the repository.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Name of the environment.
    pub environment: String,
    /// Class of the environment.
    pub class: String,
    /// Whether a workflow of Actions carries it out, which makes deployments itself.
    pub by_actions: bool,
    /// The deployment that is its own.
    pub deployment: Option<i64>,
    /// The one that a run of it made last.
    pub deployment_of_run: Option<i64>,
    /// Its check run.
    pub check_run: Option<i64>,
    /// Key of the phase that its deployment was shown last.
    pub deployment_key: Option<String>,
    /// The same of its check.
    pub check_key: Option<String>,
}

/// What was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownPart<'a> {
    /// The deployment that Fairway made.
    Deployment(i64),
    /// The check run that it made.
    CheckRun(i64),
    /// A phase, by its key, of the deployment.
    DeploymentAt(&'a str),
    /// A phase, by its key, of the check.
    CheckAt(&'a str),
}

impl Reads {
    /// Where a drive is shown; `None` where its service has no repository.
    pub async fn drive_to_show(&self, deploy: DeployId) -> Result<Option<ToShow>> {
        Ok(sqlx::query_as!(
            ToShow,
            r#"select p.owner, p.name, e.name as environment, e.class,
                   exists (select from executors x where x.service_id = d.service_id
                           and x.environment_id = d.environment_id and x.kind = 'github_actions') as "by_actions!",
                   w.deployment_id as "deployment?",
                   (select g.github_id from drive_runs r join github_deployments g on g.run_id = r.run_id
                    where r.deploy_id = d.deploy_id and g.environment_id = d.environment_id and g.repository_id = p.id
                    order by g.created_at desc, g.github_id desc limit 1) as deployment_of_run,
                   w.check_run_id as "check_run?", w.deployment_key as "deployment_key?", w.check_key as "check_key?"
               from drives d join services s on s.id = d.service_id
               join repositories p on p.id = s.repository_id and p.deleted_at is null and p.archived_at is null
               join environments e on e.id = d.environment_id
               left join drive_showings w on w.deploy_id = d.deploy_id
               where d.deploy_id = $1"#,
            deploy.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Whether an earlier state of a drive is still to be shown: one is shown after the other.
    pub async fn is_shown_before(&self, effect: EffectId, deploy: DeployId) -> Result<bool> {
        // Index outbox_showing.
        Ok(sqlx::query_scalar!(
            r#"select exists (select from outbox o join outbox own on own.id = $1
                   where o.target = $2 and o.kind = 'show' and o.state = 'waiting'
                     and (o.created_at, o.id) < (own.created_at, own.id)) as "earlier!""#,
            effect.0,
            EffectTarget::Drive(deploy).to_string()
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Tx {
    /// Whether a service has a repository, in which its drives are shown.
    pub async fn has_repository(&mut self, service: ServiceId) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from services where id = $1 and repository_id is not null) as "has!""#,
            service.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Notes what was shown of a drive.
    pub async fn note_shown(&mut self, deploy: DeployId, part: ShownPart<'_>) -> Result<()> {
        let (deployment, check_run, deployment_key, check_key) = match part {
            ShownPart::Deployment(id) => (Some(id), None, None, None),
            ShownPart::CheckRun(id) => (None, Some(id), None, None),
            ShownPart::DeploymentAt(key) => (None, None, Some(key), None),
            ShownPart::CheckAt(key) => (None, None, None, Some(key)),
        };
        sqlx::query!(
            "insert into drive_showings as w (deploy_id, deployment_id, check_run_id, deployment_key, check_key)
             values ($1, $2, $3, $4, $5)
             on conflict (deploy_id) do update set
                 deployment_id = coalesce(excluded.deployment_id, w.deployment_id),
                 check_run_id = coalesce(excluded.check_run_id, w.check_run_id),
                 deployment_key = coalesce(excluded.deployment_key, w.deployment_key),
                 check_key = coalesce(excluded.check_key, w.check_key)",
            deploy.0,
            deployment,
            check_run,
            deployment_key,
            check_key
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that an order of a drive started a run; `false` where that is known, or Fairway drives no such deploy.
    pub async fn note_run_of_drive(&mut self, run: i64, deploy: DeployId) -> Result<bool> {
        let noted = sqlx::query!(
            "insert into drive_runs (run_id, deploy_id) select $1, deploy_id from drives where deploy_id = $2
             on conflict (run_id) do nothing",
            run,
            deploy.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// The drive that a GitHub deployment is part of: Fairway made it, or a run did that it started. What a deployment says of
    /// itself is believed only of the same commit in the same environment and repository.
    pub async fn drive_of_deployment(
        &mut self,
        deployment: &GithubDeployment,
    ) -> Result<Option<(DeployId, ServiceId)>> {
        let named: Option<DeployId> =
            payload_text(&deployment.payload, "fairway_deploy").and_then(|id| id.parse().ok());
        let row = sqlx::query!(
            r#"with named as (
                   select w.deploy_id, true as sure from drive_showings w where w.deployment_id = $1
                   union all
                   select r.deploy_id, true from github_deployments o join drive_runs r on r.run_id = o.run_id
                   where o.github_id = $1
                   union all
                   select $2::uuid, false)
               select d.deploy_id, d.service_id from named n join drives d on d.deploy_id = n.deploy_id
               join services s on s.id = d.service_id
               join github_deployments g on g.github_id = $1 and g.environment_id = d.environment_id
               where n.sure or (s.repository_id = g.repository_id and lower(d.sha) = lower(g.sha))
               order by n.sure desc, d.created_at desc limit 1"#,
            deployment.github_id,
            named.map(|id| id.0)
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| (row.deploy_id.into(), row.service_id.into())))
    }
}
