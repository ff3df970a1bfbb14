//! GitHub deployments that belong to no service yet.

use domain::{
    deploys::{
        matching::DeploymentTexts,
        read::{ServiceRef, UnmatchedDeployments},
    },
    ids::ServiceId,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Reads, Result};

/// A service as `jsonb_agg` gives it.
#[derive(Debug, Deserialize)]
struct ServiceJson {
    id: Uuid,
    slug: String,
    title: String,
}

impl Reads {
    /// Waiting deployments, those that look alike together, newest first; at most `limit` kinds.
    pub async fn unmatched_deployments(&self, limit: i64) -> Result<Vec<UnmatchedDeployments>> {
        let rows = sqlx::query!(
            r#"select g.github_id as "github_id!", r.owner || '/' || r.name as "repository!", e.name as environment, g.workflow,
                   g.task, g.payload_service, g.count as "count!", g.first_at as "first_at!", g.last_at as "last_at!",
                   g.sha as "sha!",
                   coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'slug', s.slug, 'title', s.title) order by s.slug)
                             from services s where s.repository_id = g.repository_id and s.removed_at is null), '[]')
                       as "services!: sqlx::types::Json<Vec<ServiceJson>>"
               from (select repository_id, environment_id, workflow, task, payload ->> 'service' as payload_service,
                         count(*) as count, max(github_id) as github_id, min(created_at) as first_at,
                         max(created_at) as last_at, (array_agg(sha order by github_id desc))[1] as sha
                     from github_deployments where service_id is null
                     group by repository_id, environment_id, workflow, task, payload ->> 'service') g
               join repositories r on r.id = g.repository_id join environments e on e.id = g.environment_id
               order by g.last_at desc, g.github_id desc limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| UnmatchedDeployments {
                github_id: row.github_id,
                repository: row.repository,
                texts: DeploymentTexts {
                    environment: row.environment,
                    workflows: row.workflow.into_iter().collect(),
                    payload_service: row.payload_service,
                    task: row.task,
                },
                count: row.count,
                first_at: row.first_at,
                last_at: row.last_at,
                sha: row.sha,
                services: row.services.0.into_iter().map(service).collect(),
            })
            .collect())
    }

    /// How many deployments wait for a match.
    pub async fn unmatched_count(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from github_deployments where service_id is null"#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

fn service(json: ServiceJson) -> ServiceRef {
    ServiceRef {
        id: ServiceId(json.id),
        slug: json.slug,
        title: json.title,
    }
}
