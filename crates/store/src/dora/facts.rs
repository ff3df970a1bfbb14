//! Days straight from the rows of deploys and changes: the truth that rollups repeat.

use chrono::{DateTime, Utc};
use domain::dora::{ChangeFact, Day, DeployFact, FailureFact, Range, Scope, midnight};
use futures::TryStreamExt;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{group_column, numbers::Numbers, push_scope};
use crate::Result;

/// Every day of a range in order.
pub(super) async fn days(
    connection: &mut PgConnection,
    numbers: &Numbers,
    (scope, range): (Scope, Range),
    now: DateTime<Utc>,
) -> Result<Vec<Day>> {
    let ends: Vec<DateTime<Utc>> = range
        .iter()
        .map(|day| midnight(day.succ_opt().unwrap_or(day), range.zone))
        .collect();
    let place = |at: DateTime<Utc>| ends.partition_point(|end| *end <= at);
    let rows: Vec<DeployFactRow> = deploys_query(scope, range)
        .build_query_as()
        .fetch_all(&mut *connection)
        .await?;
    let services: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    numbers.learn(connection, &services).await?;
    let mut deploys: Vec<Vec<DeployFact>> = ends.iter().map(|_| Vec::new()).collect();
    for (row, service) in rows.into_iter().zip(numbers.of(&services)) {
        if let Some(day) = deploys.get_mut(place(row.0)) {
            day.push(deploy_fact(row, service));
        }
    }
    let mut changes: Vec<Vec<ChangeFact>> = ends.iter().map(|_| Vec::new()).collect();
    let mut query = changes_query(scope, range);
    let mut rows = query.build_query_as::<ChangeFactRow>().fetch(connection);
    while let Some(row) = rows.try_next().await? {
        if let Some(day) = changes.get_mut(place(row.0)) {
            day.push(change_fact(row));
        }
    }
    Ok(deploys
        .iter()
        .zip(&changes)
        .map(|(deploys, changes)| Day::of(deploys, changes, now))
        .collect())
}

fn deploys_query(scope: Scope, range: Range) -> QueryBuilder<Postgres> {
    let group = group_column(scope, "d");
    // The columns of the index deploys_counted_by_team, so that a team's rows need not be fetched one by one.
    let mut query = QueryBuilder::new(format!(
        "select d.exposed_at, d.service_id, {group}, d.failed, d.failed_at, d.restored_at, d.rework,
                d.changes_unknown is null
         from deploys d
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
    // The columns of the index lead_times_by_team.
    let mut query = QueryBuilder::new(format!(
        "select l.promoted_at, {group}, l.lead_seconds, l.delivery_seconds, l.coding_seconds, l.review_seconds,
                l.queue_seconds, l.approval_seconds, l.rollout_seconds, l.by_bot
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

/// By place: there are thousands of them, and a name is looked up for each value.
type DeployFactRow = (
    DateTime<Utc>,
    Uuid,
    Option<Uuid>,
    bool,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    bool,
    bool,
);

fn deploy_fact(row: DeployFactRow, service: u32) -> DeployFact {
    let (exposed_at, _, group, failed, failed_at, restored_at, rework, changes_known) = row;
    DeployFact {
        service,
        group: group.unwrap_or_default(),
        exposed_at,
        failure: failed.then_some(FailureFact {
            failed_at,
            restored_at,
        }),
        rework,
        changes_known,
    }
}

type Seconds = Option<f64>;
type ChangeFactRow = (
    DateTime<Utc>,
    Option<Uuid>,
    Seconds,
    Seconds,
    Seconds,
    Seconds,
    Seconds,
    Seconds,
    Seconds,
    bool,
);

fn change_fact(row: ChangeFactRow) -> ChangeFact {
    let (_, group, lead, delivery, coding, review, queue, approval, rollout, by_bot) = row;
    ChangeFact {
        group: group.unwrap_or_default(),
        lead,
        delivery,
        stages: [coding, review, queue, approval, rollout],
        by_bot,
    }
}
