//! GitHub deployments that belong to no service yet.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        matching::DeploymentTexts,
        read::{ServiceRef, UnmatchedDeployments},
    },
    ids::ServiceId,
    page::{Page, Position},
};
use serde::Deserialize;
use sqlx::{QueryBuilder, types::Json};
use uuid::Uuid;

use crate::{
    Reads, Result,
    paging::{cursor, push_page},
    sight::Hidden,
};

/// A service as `jsonb_agg` gives it.
#[derive(Debug, Deserialize)]
struct ServiceJson {
    id: Uuid,
    slug: String,
    title: String,
}

#[derive(sqlx::FromRow)]
struct UnmatchedRow {
    github_id: i64,
    repository: String,
    environment: String,
    workflow: Option<String>,
    task: Option<String>,
    payload_service: Option<String>,
    count: i64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    sha: String,
    services: Json<Vec<ServiceJson>>,
}

impl From<UnmatchedRow> for UnmatchedDeployments {
    fn from(row: UnmatchedRow) -> Self {
        Self {
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
        }
    }
}

/// Kinds of waiting deployments; few wait, so grouping all of them costs nothing.
const KINDS: &str =
    "select g.github_id, r.owner || '/' || r.name as repository, e.name as environment, g.workflow, g.task,
        g.payload_service, g.count, g.first_at, g.last_at, g.sha,
        coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'slug', s.slug, 'title', s.title) order by s.slug)
                  from services s where s.repository_id = g.repository_id and s.removed_at is null), '[]') as services
    from (select repository_id, environment_id, workflow, task, payload ->> 'service' as payload_service,
              count(*) as count, max(github_id) as github_id, min(created_at) as first_at,
              max(created_at) as last_at, (array_agg(sha order by github_id desc))[1] as sha
          from github_deployments where service_id is null
          group by repository_id, environment_id, workflow, task, payload ->> 'service') g
    join repositories r on r.id = g.repository_id join environments e on e.id = g.environment_id
    where true";

impl Reads {
    /// A page of waiting deployments, those that look alike together, newest first.
    pub async fn unmatched_deployments(
        &self,
        position: &Position,
        size: u32,
    ) -> Result<Page<UnmatchedDeployments>> {
        let mut query = QueryBuilder::new(KINDS);
        self.push_seen(&mut query, "r.id", Hidden::Repositories);
        push_page::<i64>(&mut query, ("g.last_at", "g.github_id"), position, size)?;
        let rows: Vec<UnmatchedRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(Into::into).collect();
        Ok(Page::of(rows, size, position, |row: &UnmatchedDeployments| {
            cursor(row.last_at, row.github_id)
        }))
    }

    /// How many deployments wait for a match.
    pub async fn unmatched_count(&self) -> Result<i64> {
        let (everything, teams) = self.seeing();
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from github_deployments where service_id is null
                 and repository_id not in (select hidden.id from hidden_repositories($1, $2) as hidden (id))"#,
            everything,
            &teams
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
