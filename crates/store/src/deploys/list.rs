//! The timeline of deploys: filtered and paged by time and id.

use chrono::{DateTime, Utc};
use domain::{
    deploys::read::{DeployFilter, DeployOutcome, DeploySummary},
    page::{MAX_PAGE_SIZE, Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::rows::{SUMMARY_COLUMNS, SUMMARY_TABLES, SummaryRow};
use crate::{Reads, Result, StoreError};

impl Reads {
    /// A page of deploys, newest request first.
    pub async fn deploys(&self, filter: &DeployFilter) -> Result<Page<DeploySummary>> {
        let size = filter.size.clamp(1, MAX_PAGE_SIZE);
        let backwards = matches!(filter.position, Position::Before(_));
        let mut query = QueryBuilder::new("select ");
        query.push(SUMMARY_COLUMNS).push(" from ").push(SUMMARY_TABLES);
        query.push(" where d.requested_at is not null");
        push_filters(&mut query, filter);
        if let Position::After(cursor) | Position::Before(cursor) = &filter.position {
            let (at, id) = parse_cursor(cursor).ok_or(StoreError::BadCursor)?;
            query
                .push(" and (d.requested_at, d.id) ")
                .push(if backwards { "> (" } else { "< (" })
                .push_bind(at)
                .push(", ")
                .push_bind(id)
                .push(")");
        }
        query.push(if backwards {
            " order by d.requested_at, d.id limit "
        } else {
            " order by d.requested_at desc, d.id desc limit "
        });
        query.push_bind(i64::from(size) + 1);
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(SummaryRow::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, &filter.position, cursor))
    }

    /// How many deploys are in flight: the number in the rail.
    pub async fn deploys_in_flight(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from deploys where finished_at is null and requested_at is not null"#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

fn push_filters(query: &mut QueryBuilder<Postgres>, filter: &DeployFilter) {
    // Names become ids first, so that an index over the deploys serves each filter.
    if let Some(slug) = &filter.service {
        query
            .push(" and d.service_id = (select id from services where slug = ")
            .push_bind(slug.clone())
            .push(")");
    }
    if let Some(slug) = &filter.team {
        query
            .push(" and s.team_id = (select id from teams where slug = ")
            .push_bind(slug.clone())
            .push(")");
    }
    if let Some(name) = &filter.environment {
        query
            .push(" and d.environment_id = (select id from environments where lower(name) = lower(")
            .push_bind(name.clone())
            .push("))");
    }
    if let Some(class) = filter.class {
        query.push(" and e.class = ").push_bind(class.as_str());
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
