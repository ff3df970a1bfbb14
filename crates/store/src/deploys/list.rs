//! The timeline of deploys: filtered and paged by time and id.

use chrono::{DateTime, Utc};
use domain::{
    deploys::read::{DeployFilter, DeployOutcome, DeploySummary},
    page::{MAX_PAGE_SIZE, Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::rows::{SUMMARY_COLUMNS, SUMMARY_JOINS, SummaryRow};
use crate::{Reads, Result, StoreError, catalog::push_service_id, sight::Hidden, teams::uuids};

impl Reads {
    /// A page of deploys, newest request first.
    pub async fn deploys(&self, filter: &DeployFilter) -> Result<Page<DeploySummary>> {
        let size = filter.size.clamp(1, MAX_PAGE_SIZE);
        let page = Chosen {
            reads: self,
            filter,
            limit: i64::from(size) + 1,
            walk: Walk::of(filter),
            place: place(&filter.position)?,
            order: match filter.position {
                Position::Before(_) => " order by d.requested_at, d.id",
                Position::Start | Position::After(_) => " order by d.requested_at desc, d.id desc",
            },
        };
        let mut query = QueryBuilder::new("select ");
        query.push(SUMMARY_COLUMNS).push(" from ");
        page.push_nearest(&mut query);
        query.push(" d ").push(SUMMARY_JOINS).push(page.order);
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(SummaryRow::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, &filter.position, cursor))
    }

    /// How many deploys are in flight: the number in the rail.
    pub async fn deploys_in_flight(&self) -> Result<i64> {
        let (everything, teams) = self.seeing();
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from deploys where finished_at is null and requested_at is not null
                 and service_id not in (select hidden.id from hidden_services($1, $2) as hidden (id))"#,
            everything,
            &teams
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

/// Which index leads to a page: the whole timeline would be walked until there are enough of what may be rare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// The timeline. What is in flight is little, and has an index of its own.
    Time,
    /// A team's deploys: the nearest of each of its services.
    Services,
    /// Those of a class: the nearest of each of its environments.
    Environments,
}

impl Walk {
    fn of(filter: &DeployFilter) -> Self {
        if filter.outcome == Some(DeployOutcome::InFlight) {
            Self::Time
        } else if is_of_teams(filter) {
            Self::Services
        } else if filter.class.is_some() {
            Self::Environments
        } else {
            Self::Time
        }
    }
}

/// A page of the deploys that a filter leaves.
struct Chosen<'a> {
    reads: &'a Reads,
    filter: &'a DeployFilter,
    limit: i64,
    walk: Walk,
    /// The row that the page is beside, and the sign that leads away from it.
    place: Option<(&'static str, DateTime<Utc>, Uuid)>,
    order: &'static str,
}

impl Chosen<'_> {
    /// The deploys to choose the page from, as a table: those nearest in each place that is walked.
    fn push_nearest(&self, query: &mut QueryBuilder<Postgres>) {
        let (places, condition) = match self.walk {
            Walk::Time => return self.push_deploys(query, ""),
            Walk::Services => ("services", "d.service_id = place.id"),
            Walk::Environments => ("environments", "d.environment_id = place.id"),
        };
        query
            .push("(select d.* from ")
            .push(places)
            .push(" place cross join lateral ");
        self.push_deploys(query, condition);
        query.push(" d where true");
        match self.walk {
            Walk::Environments => push_class(query, self.filter),
            Walk::Services | Walk::Time => push_owners(query, self.filter),
        }
        self.push_page(query);
    }

    /// The page of the deploys that fit a condition and what the walk does not choose of the filter.
    fn push_deploys(&self, query: &mut QueryBuilder<Postgres>, condition: &'static str) {
        query.push("(select * from deploys d where d.requested_at is not null");
        if !condition.is_empty() {
            query.push(" and ").push(condition);
        }
        self.reads.push_seen(query, "d.service_id", Hidden::Services);
        if self.walk != Walk::Services && is_of_teams(self.filter) {
            query.push(" and d.service_id in (select place.id from services place where true");
            push_owners(query, self.filter);
            query.push(")");
        }
        if self.walk != Walk::Environments && self.filter.class.is_some() {
            query.push(" and d.environment_id in (select place.id from environments place where true");
            push_class(query, self.filter);
            query.push(")");
        }
        push_filters(query, self.filter);
        if let Some((sign, at, id)) = self.place {
            query.push(" and (d.requested_at, d.id) ").push(sign);
            query.push(" (").push_bind(at);
            query.push(", ").push_bind(id).push(")");
        }
        self.push_page(query);
    }

    /// The end of a table in brackets.
    fn push_page(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(self.order).push(" limit ").push(self.limit).push(")");
    }
}

fn place(position: &Position) -> Result<Option<(&'static str, DateTime<Utc>, Uuid)>> {
    let (cursor, sign) = match position {
        Position::Start => return Ok(None),
        Position::After(cursor) => (cursor, "<"),
        Position::Before(cursor) => (cursor, ">"),
    };
    let (at, id) = parse_cursor(cursor).ok_or(StoreError::BadCursor)?;
    Ok(Some((sign, at, id)))
}

fn is_of_teams(filter: &DeployFilter) -> bool {
    filter.team.is_some() || filter.teams.is_some()
}

/// Narrows services, named `place`, to those of the filter's teams.
fn push_owners(query: &mut QueryBuilder<Postgres>, filter: &DeployFilter) {
    if let Some(slug) = &filter.team {
        query
            .push(" and place.team_id = (select id from teams where slug = ")
            .push_bind(slug.to_ascii_lowercase())
            .push(")");
    }
    if let Some(teams) = &filter.teams {
        query
            .push(" and place.team_id = any(")
            .push_bind(uuids(teams))
            .push(")");
    }
}

/// Narrows environments, named `place`, to those of the filter's class.
fn push_class(query: &mut QueryBuilder<Postgres>, filter: &DeployFilter) {
    if let Some(class) = filter.class {
        query.push(" and place.class = ").push_bind(class.as_str());
    }
}

fn push_filters(query: &mut QueryBuilder<Postgres>, filter: &DeployFilter) {
    // Names become ids first, so that an index over the deploys serves each filter.
    if let Some(slug) = &filter.service {
        query.push(" and d.service_id = ");
        push_service_id(query, slug);
    }
    if let Some(name) = &filter.environment {
        query
            .push(" and d.environment_id = (select id from environments where lower(name) = lower(")
            .push_bind(name.clone())
            .push("))");
    }
    // Words of our own enums stand in the text, so that the planner sees when an index of rare rows fits.
    if let Some(state) = filter.state {
        query.push(" and d.state = '").push(state.as_str()).push("'");
    }
    if let Some(kind) = filter.kind {
        query.push(" and d.kind = '").push(kind.as_str()).push("'");
    }
    if let Some(outcome) = filter.outcome {
        query.push(" and ").push(outcome_condition(outcome));
    }
    if let Some(from) = filter.from {
        query.push(" and d.requested_at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" and d.requested_at < ").push_bind(to);
    }
}

fn outcome_condition(outcome: DeployOutcome) -> &'static str {
    match outcome {
        DeployOutcome::InFlight => "d.finished_at is null",
        DeployOutcome::Good => "d.state = 'succeeded' and not d.failed",
        DeployOutcome::Failed => "d.failed",
        DeployOutcome::PipelineFailure => "d.state = 'failed' and d.exposed_at is null",
        DeployOutcome::RolledBack => "(d.state = 'rolled_back' or d.rolled_back_by is not null)",
    }
}

fn cursor(row: &DeploySummary) -> String {
    format!("{}_{}", row.requested_at.timestamp_micros(), row.id)
}

fn parse_cursor(cursor: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = cursor.split_once('_')?;
    // PostgreSQL's calendar begins later than chrono's.
    let at = DateTime::from_timestamp_micros(at.parse().ok()?).filter(|at| at.timestamp() >= 0)?;
    Some((at, id.parse().ok()?))
}
