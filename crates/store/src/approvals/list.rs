//! Requests as pages show them: the inbox, the list, and one with everything about it. What is hidden is in none.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalDetail, ApprovalFilter, ApprovalState, ApprovalSummary, Release},
    ids::ApprovalId,
    page::{Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{decisions::decisions, gates::gates, requests::request, reviews::review};
use crate::{
    Reads, Result, StoreError,
    catalog::push_service_id,
    environments::class_of,
    paging::{cursor, push_page},
    sight::Hidden,
};

const LISTED: &str = "select a.id, s.slug, s.title, e.name as environment, e.class, a.sha, a.version, a.digest, a.state,
        a.policy #>> '{metadata,name}' as policy, a.opened_at, a.deadline, a.needed,
        (select count(distinct person_root(d.person_id)) from approval_decisions d
         where d.request_id = a.id and d.verdict = 'approve') as given
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
            given: self.given,
            needed: self.needed,
        })
    }
}

impl Reads {
    /// The requests that wait, the most urgent first.
    pub async fn approval_inbox(&self, most: i64) -> Result<Vec<ApprovalSummary>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        query.push(" and a.state = 'pending'");
        self.push_seen(&mut query, "a.service_id", Hidden::Services);
        query.push(" order by a.deadline, a.id limit ").push_bind(most);
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(SummaryRow::read).collect()
    }

    /// A page of requests, newest first.
    pub async fn approvals(
        &self,
        filter: &ApprovalFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<ApprovalSummary>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        self.push_seen(&mut query, "a.service_id", Hidden::Services);
        if let Some(state) = filter.state {
            query.push(" and a.state = ").push_bind(state.as_str());
        }
        if let Some(slug) = &filter.service {
            query.push(" and a.service_id = ");
            push_service_id(&mut query, slug);
        }
        push_page::<Uuid>(&mut query, ("a.opened_at", "a.id"), position, size)?;
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(SummaryRow::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, position, |approval: &ApprovalSummary| {
            cursor(approval.opened_at, approval.id)
        }))
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
            decisions: decisions(&mut *db, id).await?,
            gates: gates(&mut *db, id).await?,
            review: review(&mut *db, id).await?,
        }))
    }
}
