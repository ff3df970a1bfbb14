//! The services that figures are over: those that had sent a counted deployment by the end of a range.

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
    // Two lists instead of a row for each of ten thousand services.
    let mut query = QueryBuilder::new(
        "select count(*) as services,
                coalesce(array_agg(s.number) filter (where st.first_counted_at < ",
    );
    query.push_bind(range.end());
    query.push("), '{}') as sending, coalesce(array_agg(s.number) filter (where st.first_counted_at < ");
    query.push_bind(range.previous().end());
    query.push(
        "), '{}') as sending_before
         from services s left join service_state st on st.service_id = s.id
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
    let row: PopulationRow = query.build_query_as().fetch_one(connection).await?;
    let population = |numbers: Vec<i32>| Population {
        sending: numbers.into_iter().map(i32::unsigned_abs).collect(),
        services: row.services.unsigned_abs(),
    };
    Ok((population(row.sending), population(row.sending_before)))
}

#[derive(FromRow)]
struct PopulationRow {
    services: i64,
    sending: Vec<i32>,
    sending_before: Vec<i32>,
}
