//! What decides whose a GitHub deployment is: the deployment itself, the rules of its repository, and people.

use chrono::{DateTime, Utc};
use domain::{
    deploys::matching::{DeploymentTexts, GithubDeployment, MatchField, MatchingRule, payload_text},
    ids::{RepositoryId, ServiceId},
};
use uuid::Uuid;

use crate::{Result, StoreError, Tx};

impl Tx {
    /// A GitHub deployment with its statuses, locked until this unit of work ends.
    pub async fn github_deployment_to_place(&mut self, github_id: i64) -> Result<Option<GithubDeployment>> {
        let row = sqlx::query!(
            r#"select d.repository_id, d.environment_id, d.service_id, d.deploy_id, d.matched_by_hand, d.git_ref, d.task,
                    d.payload, d.run_id, d.run_attempt, d.workflow, d.created_at, e.name as environment,
                    r.name as "run_name?", r.path as "run_path?"
             from github_deployments d
             join environments e on e.id = d.environment_id
             left join workflow_runs r on r.run_id = d.run_id and r.attempt = coalesce(d.run_attempt, 1)
             where d.github_id = $1
             for update of d"#,
            github_id
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let payload = row.payload.unwrap_or_default();
        let statuses = self.statuses_of(github_id).await?;
        Ok(Some(GithubDeployment {
            github_id,
            repository: row.repository_id.into(),
            environment: row.environment_id.into(),
            texts: DeploymentTexts {
                environment: row.environment,
                workflows: [row.workflow, row.run_name, row.run_path]
                    .into_iter()
                    .flatten()
                    .collect(),
                payload_service: payload_text(&payload, "service"),
                task: row.task,
            },
            service: row.service_id.map(Into::into),
            deploy: row.deploy_id.map(Into::into),
            by_hand: row.matched_by_hand,
            run: row.run_id.map(|run| (run, row.run_attempt.unwrap_or(1))),
            payload,
            git_ref: row.git_ref,
            created_at: row.created_at,
            statuses,
        }))
    }

    async fn statuses_of(
        &mut self,
        github_id: i64,
    ) -> Result<Vec<(i64, String, DateTime<Utc>, Option<String>)>> {
        let rows = sqlx::query!(
            "select github_id, state, created_at, description from github_deployment_statuses where deployment_id = $1",
            github_id
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.github_id, row.state, row.created_at, row.description))
            .collect())
    }

    /// The rules of a repository and its registered services with their slugs.
    pub async fn matching_rules(
        &mut self,
        repository: RepositoryId,
    ) -> Result<(Vec<MatchingRule>, Vec<(ServiceId, String)>)> {
        let rules = sqlx::query!(
            "select r.field, r.pattern, r.service_id from matching_rules r
             join services s on s.id = r.service_id and s.removed_at is null
             where r.repository_id = $1",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let services = sqlx::query!(
            "select id, slug from services where repository_id = $1 and removed_at is null order by slug",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let rules = rules
            .into_iter()
            .map(|row| {
                let field = MatchField::parse(&row.field)
                    .ok_or_else(|| StoreError::corrupt("matching_rules", "field", &row.field))?;
                Ok(MatchingRule {
                    field,
                    pattern: row.pattern,
                    service: row.service_id.into(),
                })
            })
            .collect::<Result<_>>()?;
        let services = services
            .into_iter()
            .map(|row| (row.id.into(), row.slug))
            .collect();
        Ok((rules, services))
    }

    /// The deployments of a repository that belong to no service yet, oldest first.
    pub async fn waiting_deployments(&mut self, repository: RepositoryId) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar!(
            "select github_id from github_deployments where repository_id = $1 and service_id is null order by created_at",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// The registered services that deployments or rules of a repository belong to.
    pub async fn services_placed(&mut self, repository: RepositoryId) -> Result<Vec<ServiceId>> {
        let services = sqlx::query_scalar!(
            "select id from services where removed_at is null and id in
                 (select service_id from github_deployments where repository_id = $1
                  union all select service_id from matching_rules where repository_id = $1)",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(services.into_iter().map(Into::into).collect())
    }

    /// Notes that a person placed a deployment: rules leave it alone from then on.
    pub async fn match_by_hand(&mut self, github_id: i64, service: ServiceId) -> Result<bool> {
        let done = sqlx::query!(
            "update github_deployments set matched_by_hand = true, service_id = $2 where github_id = $1",
            github_id,
            service.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes or changes the rule of a repository for a text.
    pub async fn put_matching_rule(
        &mut self,
        id: Uuid,
        repository: RepositoryId,
        rule: &MatchingRule,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into matching_rules (id, repository_id, field, pattern, service_id, created_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (repository_id, field, pattern) do update set service_id = excluded.service_id",
            id,
            repository.0,
            rule.field.as_str(),
            rule.pattern,
            rule.service.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
