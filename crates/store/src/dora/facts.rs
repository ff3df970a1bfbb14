//! Days straight from the rows of deploys and changes: the truth that rollups repeat.

use chrono::{DateTime, Utc};
use domain::dora::{ChangeFact, Day, DeployFact, FailureFact, Range, STAGES, Scope, midnight};
use futures::TryStreamExt;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::push_scope;
use crate::Result;

/// Every day of a range in order.
pub(super) async fn days(
    connection: &mut PgConnection,
    scope: Scope,
    range: Range,
    now: DateTime<Utc>,
) -> Result<Vec<Day>> {
    let ends: Vec<DateTime<Utc>> = range
        .iter()
        .map(|day| midnight(day.succ_opt().unwrap_or(day), range.zone))
        .collect();
    let place = |at: DateTime<Utc>| ends.partition_point(|end| *end <= at);
    let mut deploys: Vec<Vec<DeployFact>> = ends.iter().map(|_| Vec::new()).collect();
    let mut query = deploys_query(scope, range);
    let mut rows = query.build_query_as::<DeployFactRow>().fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        if let Some(day) = deploys.get_mut(place(row.exposed_at)) {
            day.push(row.into());
        }
    }
    drop(rows);
    let mut changes: Vec<Vec<ChangeFact>> = ends.iter().map(|_| Vec::new()).collect();
    let mut query = changes_query(scope, range);
    let mut rows = query.build_query_as::<ChangeFactRow>().fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        if let Some(day) = changes.get_mut(place(row.promoted_at)) {
            day.push(row.into());
        }
    }
    drop(rows);
    Ok(deploys
        .iter()
        .zip(&changes)
        .map(|(deploys, changes)| Day::of(deploys, changes, now))
        .collect())
}

/// What the table below the figures groups by.
fn group_column(scope: Scope, alias: &str) -> String {
    match scope {
        Scope::Organisation => format!("{alias}.team_id"),
        Scope::Team(_) | Scope::Service(_) => format!("{alias}.service_id"),
    }
}

fn deploys_query(scope: Scope, range: Range) -> QueryBuilder<Postgres> {
    let group = group_column(scope, "d");
    let mut query = QueryBuilder::new(format!(
        "select d.exposed_at, s.number, {group} as group_id, d.failed, d.failed_at, d.restored_at, d.rework, d.corrected,
                d.changes_unknown is null as changes_known
         from deploys d join services s on s.id = d.service_id
         where d.counted and d.exposed_at >= "
    ));
    query
        .push_bind(range.start())
        .push(" and d.exposed_at < ")
        .push_bind(range.end());
    push_scope(&mut query, "d", scope);
    query
}

fn changes_query(scope: Scope, range: Range) -> QueryBuilder<Postgres> {
    let group = group_column(scope, "l");
    let mut query = QueryBuilder::new(format!(
        "select l.promoted_at, {group} as group_id, l.lead_seconds, l.delivery_seconds, l.coding_seconds,
                l.review_seconds, l.queue_seconds, l.approval_seconds, l.rollout_seconds,
                l.deploy_id in (select d.id from deploys d where d.corrected) as corrected
         from lead_times l
         where l.promoted_at >= "
    ));
    query
        .push_bind(range.start())
        .push(" and l.promoted_at < ")
        .push_bind(range.end());
    push_scope(&mut query, "l", scope);
    query
}

#[derive(FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
struct DeployFactRow {
    exposed_at: DateTime<Utc>,
    number: i32,
    group_id: Option<Uuid>,
    failed: bool,
    failed_at: Option<DateTime<Utc>>,
    restored_at: Option<DateTime<Utc>>,
    rework: bool,
    corrected: bool,
    changes_known: bool,
}

impl From<DeployFactRow> for DeployFact {
    fn from(row: DeployFactRow) -> Self {
        let failure = FailureFact {
            failed_at: row.failed_at,
            restored_at: row.restored_at,
        };
        Self {
            // An identity column counts up from 1.
            service: row.number.unsigned_abs(),
            group: row.group_id.unwrap_or_default(),
            exposed_at: row.exposed_at,
            failure: row.failed.then_some(failure),
            rework: row.rework,
            corrected: row.corrected,
            changes_known: row.changes_known,
        }
    }
}

#[derive(FromRow)]
struct ChangeFactRow {
    promoted_at: DateTime<Utc>,
    group_id: Option<Uuid>,
    lead_seconds: Option<f64>,
    delivery_seconds: Option<f64>,
    coding_seconds: Option<f64>,
    review_seconds: Option<f64>,
    queue_seconds: Option<f64>,
    approval_seconds: Option<f64>,
    rollout_seconds: Option<f64>,
    corrected: bool,
}

impl From<ChangeFactRow> for ChangeFact {
    fn from(row: ChangeFactRow) -> Self {
        let stages: [Option<f64>; STAGES] = [
            row.coding_seconds,
            row.review_seconds,
            row.queue_seconds,
            row.approval_seconds,
            row.rollout_seconds,
        ];
        Self {
            group: row.group_id.unwrap_or_default(),
            lead: row.lead_seconds,
            delivery: row.delivery_seconds,
            stages,
            corrected: row.corrected,
        }
    }
}
