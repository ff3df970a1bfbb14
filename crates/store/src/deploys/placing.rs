//! Turning stored GitHub deployments into deploys and events of a service. Which service is decided by the caller.

use domain::{
    deploys::{DeployState, matching::GithubDeployment},
    ids::{DeployId, ServiceId},
};

use crate::{Result, Tx};

impl Tx {
    /// Makes a deployment part of a service's deploy: the one of its run, else one of its own. What it was part of before
    /// is left, merged or given the new identity, so that facts in any order end in the same rows. `fresh` is the id of
    /// the deploy when a new one is made.
    pub async fn place_github_deployment(
        &mut self,
        deployment: &GithubDeployment,
        service: ServiceId,
        fresh: DeployId,
    ) -> Result<DeployId> {
        let deploy = self.deploy_of_key(deployment, service, fresh).await?;
        sqlx::query!(
            "update github_deployments set service_id = $2, deploy_id = $3 where github_id = $1",
            deployment.github_id,
            service.0,
            deploy.0
        )
        .execute(&mut *self.inner)
        .await?;
        if let Some(left) = deployment.deploy.filter(|left| *left != deploy) {
            self.leave_deploy(left, deploy, deployment.github_id).await?;
        }
        self.insert_github_events(deployment, deploy).await?;
        self.copy_github_facts(deployment, deploy).await?;
        Ok(deploy)
    }

    /// Makes a deployment part of the drive that made it, which says itself how it goes: nothing of it is told twice.
    pub async fn join_drive(
        &mut self,
        deployment: &GithubDeployment,
        (deploy, service): (DeployId, ServiceId),
    ) -> Result<()> {
        sqlx::query!(
            "update github_deployments set service_id = $2, deploy_id = $3 where github_id = $1",
            deployment.github_id,
            service.0,
            deploy.0
        )
        .execute(&mut *self.inner)
        .await?;
        match deployment.deploy {
            Some(left) if left != deploy => self.leave_deploy(left, deploy, deployment.github_id).await,
            _ => Ok(()),
        }
    }

    async fn deploy_of_key(
        &mut self,
        deployment: &GithubDeployment,
        service: ServiceId,
        fresh: DeployId,
    ) -> Result<DeployId> {
        let key = deployment.key();
        let known = sqlx::query_scalar!(
            "select id from deploys where service_id = $1 and environment_id = $2 and key = $3",
            service.0,
            deployment.environment.0,
            key
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(known) = known {
            return Ok(known.into());
        }
        if let Some(own) = deployment.deploy
            && self.is_alone(own, deployment.github_id).await?
        {
            self.forget_derived(own).await?;
            sqlx::query!(
                "update deploys set service_id = $2, environment_id = $3, key = $4, derived_fingerprint = null where id = $1",
                own.0,
                service.0,
                deployment.environment.0,
                key
            )
            .execute(&mut *self.inner)
            .await?;
            return Ok(own);
        }
        let made = sqlx::query_scalar!(
            "insert into deploys (id, service_id, environment_id, key, source, repository_id, created_at, requested_at)
             values ($1, $2, $3, $4, 'github', $5, $6, $6)
             on conflict (service_id, environment_id, key) do update set key = excluded.key
             returning id",
            fresh.0,
            service.0,
            deployment.environment.0,
            key,
            deployment.repository.0,
            deployment.created_at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(made.into())
    }

    /// Whether a deploy consists of this deployment only.
    async fn is_alone(&mut self, deploy: DeployId, github_id: i64) -> Result<bool> {
        let others = sqlx::query_scalar!(
            r#"select exists (select 1 from github_deployments where deploy_id = $1 and github_id <> $2) as "others!""#,
            deploy.0,
            github_id
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(!others)
    }

    /// Takes a deployment's events out of the deploy that it was part of; an empty one gives all it holds to the new one.
    async fn leave_deploy(&mut self, left: DeployId, joined: DeployId, github_id: i64) -> Result<()> {
        sqlx::query!(
            "delete from deploy_events where deploy_id = $1 and part = $2",
            left.0,
            github_id.to_string()
        )
        .execute(&mut *self.inner)
        .await?;
        self.forget_derived(left).await?;
        if !self.is_alone(left, github_id).await? {
            return self.copy_links(left).await;
        }
        for statement in [
            "update corrections set deploy_id = $2 where deploy_id = $1",
            "insert into incident_deploys (incident_id, deploy_id, confirmed, confidence, made_by, made_at)
             select incident_id, $2, confirmed, confidence, made_by, made_at from incident_deploys where deploy_id = $1
             on conflict do nothing",
            "update deploys set stated_rollback_of = $2 where stated_rollback_of = $1",
            "update drives set undoes = $2 where undoes = $1 and not exists (select from drives o where o.undoes = $2)",
            "update drills set ran_before = $2 where ran_before = $1",
        ] {
            sqlx::query(statement)
                .bind(left.0)
                .bind(joined.0)
                .execute(&mut *self.inner)
                .await?;
        }
        sqlx::query!("delete from deploys where id = $1", left.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Drops what was derived for a deploy that changes its place: the next derivation makes it again.
    async fn forget_derived(&mut self, deploy: DeployId) -> Result<()> {
        for statement in [
            "delete from dora_days r using deploys d, organisation o
             where d.id = $1 and r.scope_id in ('00000000-0000-0000-0000-000000000000', d.service_id, d.team_id)
               and r.day in ((d.exposed_at at time zone o.time_zone)::date, (d.promoted_at at time zone o.time_zone)::date)",
            "delete from lead_times where deploy_id = $1",
            "delete from corrected_rows where deploy_id = $1",
            "delete from deploy_changes where deploy_id = $1",
            "delete from running where deploy_id = $1",
            "update deploys set derived_fingerprint = null where id = $1",
        ] {
            sqlx::query(statement)
                .bind(deploy.0)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }

    async fn insert_github_events(&mut self, deployment: &GithubDeployment, deploy: DeployId) -> Result<()> {
        let mut keys = vec![format!("deployment:{}", deployment.github_id)];
        let mut states = vec![DeployState::Requested.as_str()];
        let mut times = vec![deployment.created_at];
        let mut notes: Vec<Option<String>> = vec![None];
        for (id, word, at, description) in &deployment.statuses {
            if let Some(state) = DeployState::of_github(word) {
                keys.push(format!("status:{id}"));
                states.push(state.as_str());
                times.push(*at);
                notes.push(description.clone().filter(|text| !text.is_empty()));
            }
        }
        sqlx::query(
            "insert into deploy_events (deploy_id, source_key, part, state, at, note)
             select $1, key, $2, state, at, note
             from unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[]) as e (key, state, at, note)
             on conflict do nothing",
        )
        .bind(deploy.0)
        .bind(deployment.github_id.to_string())
        .bind(keys)
        .bind(states)
        .bind(times)
        .bind(notes)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The first deployment of a run speaks for the deploy.
    async fn copy_github_facts(&mut self, deployment: &GithubDeployment, deploy: DeployId) -> Result<()> {
        let facts = deployment.payload_facts();
        let kind = facts.kind.map(domain::deploys::DeployKind::as_str);
        sqlx::query!(
            "update deploys d set sha = g.sha, git_ref = g.git_ref, version = $3, digest = $4, strategy = $5,
                 stated_kind = $6, initiator_id = g.creator_id, initiator_name = g.creator_name, run_id = g.run_id,
                 run_attempt = case when g.run_id is not null then coalesce(g.run_attempt, 1) end, description = g.description, repository_id = g.repository_id,
                 created_at = g.created_at
             from github_deployments g
             where d.id = $1 and g.github_id = $2
               and not exists (select 1 from github_deployments o
                               where o.deploy_id = $1 and (o.created_at, o.github_id) < (g.created_at, g.github_id))",
            deploy.0,
            deployment.github_id,
            facts.version,
            facts.digest,
            facts.strategy.as_str(),
            kind
        )
        .execute(&mut *self.inner)
        .await?;
        self.copy_links(deploy).await
    }

    /// The links of the newest status that has them, of all deployments that the deploy consists of now.
    async fn copy_links(&mut self, deploy: DeployId) -> Result<()> {
        let links = sqlx::query!(
            "select (array_agg(s.log_url order by s.created_at desc, s.github_id desc) filter (where s.log_url <> ''))[1] as log_url,
                    (array_agg(s.environment_url order by s.created_at desc, s.github_id desc)
                        filter (where s.environment_url <> ''))[1] as environment_url
             from github_deployments g join github_deployment_statuses s on s.deployment_id = g.github_id
             where g.deploy_id = $1",
            deploy.0
        )
        .fetch_one(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update deploys set log_url = $2, environment_url = $3
             where id = $1 and (log_url, environment_url) is distinct from ($2, $3)",
            deploy.0,
            links.log_url,
            links.environment_url
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
