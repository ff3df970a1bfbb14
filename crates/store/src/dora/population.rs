//! The services that figures are over: those that had sent a counted deployment by the end of a range.

use chrono::{DateTime, Utc};
use domain::dora::{Population, Range, Scope};
use sqlx::{FromRow, PgConnection, QueryBuilder};

use crate::Result;

/// The populations of a range and of the one before it.
///
/// Services that were removed before the range began are left out. A team's population is what it owns now; services
/// that it owned when they deployed are added by the deployments themselves.
pub(super) async fn of(
    connection: &mut PgConnection,
    scope: Scope,
    range: Range,
) -> Result<(Population, Population)> {
    // One probe of deploys_counted_by_service for each service; a join would read every deploy.
    let mut query = QueryBuilder::new(
        "select s.number, first.exposed_at as first
         from services s
         left join lateral (select d.exposed_at from deploys d where d.counted and d.service_id = s.id
                            order by d.exposed_at limit 1) first on true
         where (s.removed_at is null or s.removed_at > ",
    );
    query.push_bind(range.previous().start()).push(")");
    match scope {
        Scope::Organisation => {}
        Scope::Team(team) => {
            query.push(" and s.team_id = ").push_bind(team.0);
        }
        Scope::Service(service) => {
            query.push(" and s.id = ").push_bind(service.0);
        }
    }
    let rows: Vec<ServiceRow> = query.build_query_as().fetch_all(connection).await?;
    let population = |range: Range| {
        let sends = |row: &&ServiceRow| row.first.is_some_and(|first| first < range.end());
        Population {
            sending: rows
                .iter()
                .filter(sends)
                .map(|row| row.number.unsigned_abs())
                .collect(),
            services: rows.len() as u64,
        }
    };
    Ok((population(range), population(range.previous())))
}

#[derive(FromRow)]
struct ServiceRow {
    number: i32,
    first: Option<DateTime<Utc>>,
}
