//! Requests as pages show them: lists of them, and one with everything about it. What is hidden is in none.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalDetail, ApprovalFilter, ApprovalState, ApprovalSummary, Release, Stage},
    ids::{ApprovalId, DeployId},
    page::{Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    decisions::{decisions, seen},
    gates::gates,
    requests::request,
    reviews::review,
};
use crate::{
    Reads, Result, StoreError,
    catalog::push_service_id,
    environments::class_of,
    paging::{cursor, push_page, push_page_from_first},
    sight::Hidden,
};

const LISTED: &str = "select a.id, s.slug, s.title, e.name as environment, e.class, a.sha, a.version, a.digest, a.state,
        a.policy #>> '{metadata,name}' as policy, a.opened_at, a.deadline, a.ended_at, a.needed,
        (select count(distinct person_root(d.person_id)) from approval_decisions d
         where d.request_id = a.id and d.verdict = 'approve'
           and not approval_excludes(a.id, person_root(d.person_id))) as given
    from approval_requests a join services s on s.id = a.service_id join environments e on e.id = a.environment_id
    where true";

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    slug: String,
    title: String,
    environment: String,
    class: String,
    sha: Option<String>,
    version: Option<String>,
    digest: Option<String>,
    state: String,
    policy: Option<String>,
    opened_at: DateTime<Utc>,
    deadline: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    needed: i32,
    given: i64,
}

impl SummaryRow {
    fn read(self) -> Result<ApprovalSummary> {
        let state = ApprovalState::parse(&self.state);
        Ok(ApprovalSummary {
            id: self.id.into(),
            service: self.slug,
            title: self.title,
            environment: self.environment,
            class: class_of(&self.class)?,
            release: Release {
                sha: self.sha,
                version: self.version,
                digest: self.digest,
            },
            state: state.ok_or_else(|| StoreError::corrupt("approval_requests", "state", self.id))?,
            policy: self.policy.unwrap_or_default(),
            opened_at: self.opened_at,
            deadline: self.deadline,
            ended_at: self.ended_at,
            given: self.given,
            needed: self.needed,
        })
    }
}

impl Reads {
    /// A page of requests: those that wait by their deadline, those that are over by their end, all by when they were opened.
    pub async fn approvals(
        &self,
        filter: &ApprovalFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<ApprovalSummary>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        self.push_approval_filter(&mut query, filter);
        match filter.stage {
            Some(Stage::Open) => {
                push_page_from_first::<Uuid>(&mut query, ("a.deadline", "a.id"), position, size)?;
            }
            Some(Stage::Over) => push_page::<Uuid>(&mut query, ("a.ended_at", "a.id"), position, size)?,
            None => push_page::<Uuid>(&mut query, ("a.opened_at", "a.id"), position, size)?,
        }
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(SummaryRow::read)
            .collect::<Result<Vec<_>>>()?;
        let place = |approval: &ApprovalSummary| match filter.stage {
            Some(Stage::Open) => approval.deadline,
            Some(Stage::Over) => approval.ended_at.unwrap_or(approval.opened_at),
            None => approval.opened_at,
        };
        Ok(Page::of(rows, size, position, |approval: &ApprovalSummary| {
            cursor(place(approval), approval.id)
        }))
    }

    fn push_approval_filter(&self, query: &mut QueryBuilder<Postgres>, filter: &ApprovalFilter) {
        self.push_seen(query, "a.service_id", Hidden::Services);
        if let Some(stage) = filter.stage {
            // In the text, as the partial indexes say it.
            query.push(match stage {
                Stage::Open => " and a.state = 'pending'",
                Stage::Over => " and a.state <> 'pending'",
            });
        }
        if let Some(state) = filter.state {
            query.push(" and a.state = ").push_bind(state.as_str());
        }
        if let Some(slug) = &filter.service {
            query.push(" and a.service_id = ");
            push_service_id(query, slug);
        }
        if let Some(team) = &filter.team {
            query
                .push(" and s.team_id = (select t.id from teams t where t.slug = ")
                .push_bind(team.to_lowercase().replace('\0', ""))
                .push(")");
        }
        if let Some(name) = &filter.environment {
            query
                .push(" and lower(e.name) = lower(")
                .push_bind(name.replace('\0', ""))
                .push(")");
        }
        if let Some(class) = filter.class {
            query.push(" and e.class = ").push_bind(class.as_str());
        }
        if let Some(among) = &filter.among {
            let ids: Vec<Uuid> = among.iter().map(|id| id.0).collect();
            query.push(" and a.id = any(").push_bind(ids).push(")");
        }
    }

    /// How many requests wait.
    pub async fn open_approvals(&self) -> Result<i64> {
        let (everything, teams) = self.seeing();
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from approval_requests a where a.state = 'pending'
                 and a.service_id not in (select hidden.id from hidden_services($1, $2) as hidden (id))"#,
            everything,
            &teams
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The request about a deploy: the last for its service, environment and artifact that was opened before the deploy ended.
    pub async fn approval_of_deploy(&self, deploy: DeployId) -> Result<Option<ApprovalSummary>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        self.push_seen(&mut query, "a.service_id", Hidden::Services);
        query
            .push(
                " and exists (select from deploys d where d.service_id = a.service_id and d.environment_id = a.environment_id
                       and (lower(a.sha) = lower(d.sha) or a.digest = d.digest)
                       and (d.finished_at is null or a.opened_at <= d.finished_at) and d.id = ",
            )
            .push_bind(deploy.0)
            .push(") order by a.opened_at desc, a.id desc limit 1");
        let row: Option<SummaryRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        row.map(SummaryRow::read).transpose()
    }

    /// The requests that something waited for, by the keys of its gates; the one that was opened first first.
    pub async fn approvals_of_gates(&self, keys: &[String]) -> Result<Vec<ApprovalSummary>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        self.push_seen(&mut query, "a.service_id", Hidden::Services);
        query
            .push(" and a.id in (select g.request_id from approval_gates g where g.key = any(")
            .push_bind(keys.to_vec())
            .push(")) order by a.opened_at, a.id");
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(SummaryRow::read).collect()
    }

    /// A request with everything about it.
    pub async fn approval(&self, id: ApprovalId) -> Result<Option<ApprovalDetail>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        query.push(" and a.id = ").push_bind(id.0);
        self.push_seen(&mut query, "a.service_id", Hidden::Services);
        let row: Option<SummaryRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let mut db = self.pool.acquire().await?;
        let Some(stored) = request(&mut db, id).await? else {
            return Ok(None);
        };
        Ok(Some(ApprovalDetail {
            summary: row.read()?,
            request: stored.request,
            card: stored.card,
            decisions: decisions(&mut *db, &[id.0])
                .await?
                .remove(&id.0)
                .unwrap_or_default(),
            seen: seen(&mut *db, id).await?,
            gates: gates(&mut *db, id).await?,
            review: review(&mut *db, id).await?,
        }))
    }
}
