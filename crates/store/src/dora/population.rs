//! The services that figures are over: those that had sent a counted deployment by the end of a range.

use domain::dora::{Corrected, Population, Range, Scope, Sending};
use sqlx::{PgConnection, QueryBuilder};

use crate::Result;

/// The populations of a range and of the one before it.
///
/// The corrected rows are left to the caller. Services that were removed before the range began are left out. A team's population is what it owns now; services
/// that it owned when they deployed are added by the deployments themselves.
pub(super) async fn of(
    connection: &mut PgConnection,
    scope: Scope,
    range: Range,
) -> Result<(Population, Population)> {
    match scope {
        Scope::Organisation => everyone(connection, range).await,
        Scope::Team(_) | Scope::Service(_) => listed(connection, scope, range).await,
    }
}

/// All services: counted, not listed, since there may be ten thousand of them.
async fn everyone(connection: &mut PgConnection, range: Range) -> Result<(Population, Population)> {
    // Every service has a state row.
    let row = sqlx::query!(
        r#"with gone as (select s.number, st.first_counted_at
                         from services s join service_state st on st.service_id = s.id where s.removed_at <= $3)
           select count(*) - (select count(*) from gone) as "services!",
                  count(*) filter (where first_counted_at < $1)
                    - (select count(*) from gone where first_counted_at < $1) as "sending!",
                  count(*) filter (where first_counted_at < $2)
                    - (select count(*) from gone where first_counted_at < $2) as "sending_before!",
                  (select coalesce(array_agg(number), '{}') from gone where first_counted_at < $1) as "gone!",
                  (select coalesce(array_agg(number), '{}') from gone where first_counted_at < $2) as "gone_before!"
           from service_state"#,
        range.end(),
        range.previous().end(),
        range.previous().start()
    )
    .fetch_one(connection)
    .await?;
    let population = |count: i64, gone| Population {
        sending: Sending::AllBut {
            count: count.unsigned_abs(),
            gone: numbers(gone),
        },
        services: row.services.unsigned_abs(),
        corrected: Corrected::default(),
    };
    Ok((
        population(row.sending, row.gone),
        population(row.sending_before, row.gone_before),
    ))
}

/// The services of a team, or one.
async fn listed(
    connection: &mut PgConnection,
    scope: Scope,
    range: Range,
) -> Result<(Population, Population)> {
    let mut query = QueryBuilder::new(
        "select count(*), coalesce(array_agg(s.number) filter (where st.first_counted_at < ",
    );
    query.push_bind(range.end());
    query.push("), '{}'), coalesce(array_agg(s.number) filter (where st.first_counted_at < ");
    query.push_bind(range.previous().end());
    query.push(
        "), '{}')
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
    let (services, sending, sending_before): (i64, Vec<i32>, Vec<i32>) =
        query.build_query_as().fetch_one(connection).await?;
    let population = |sending| Population {
        sending: Sending::These(numbers(sending)),
        services: services.unsigned_abs(),
        corrected: Corrected::default(),
    };
    Ok((population(sending), population(sending_before)))
}

/// An identity column counts up from 1.
fn numbers(stored: Vec<i32>) -> Vec<u32> {
    stored.into_iter().map(i32::unsigned_abs).collect()
}
