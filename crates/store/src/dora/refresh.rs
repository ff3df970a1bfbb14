//! Making rollup rows, a few days at a time.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::dora::{Range, Scope};
use uuid::Uuid;

use super::{facts, numbers::Numbers};
use crate::{Reads, Result, Tx};

impl Reads {
    /// Days from the first fact up to `last` that have no rollup row, oldest first, at most `limit`.
    pub async fn dora_days_to_make(&self, zone: Tz, last: NaiveDate, limit: u32) -> Result<Vec<NaiveDate>> {
        let first = sqlx::query_scalar!(
            r#"select least((select min(exposed_at) from deploys where counted), (select min(promoted_at) from lead_times))
               as "first""#
        )
        .fetch_one(&self.pool)
        .await?;
        let Some(first) = first.map(|at| at.with_timezone(&zone).date_naive()) else {
            return Ok(Vec::new());
        };
        let days = sqlx::query_scalar!(
            r#"select due::date as "day!" from generate_series($1::date::timestamp, $2::date::timestamp, '1 day') as due
               where not exists (select from dora_days r where r.scope = 'organisation' and r.scope_id = $3
                                 and r.day = due::date and r.time_zone = $4)
               order by 1 limit $5"#,
            first,
            last,
            Uuid::nil(),
            zone.name(),
            i64::from(limit)
        );
        Ok(days.fetch_all(&self.pool).await?)
    }
}

impl Tx {
    /// Makes the organisation's rollup row of some days; all of them must have ended at least 24 h before `now`.
    ///
    /// A derivation that changes facts of a day deletes its row in its own transaction. The lock taken here waits until
    /// every such transaction has ended and holds back the next ones, so that no row is made of facts that are about to
    /// change; reading goes on meanwhile.
    pub async fn make_dora_days(&mut self, days: &[NaiveDate], zone: Tz, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("lock table dora_days in share row exclusive mode")
            .execute(&mut *self.inner)
            .await?;
        let numbers = Numbers::default();
        for day in days {
            let range = Range {
                from: *day,
                to: *day + Days::new(1),
                zone,
            };
            let whole = (Scope::Organisation, range);
            for made in facts::days(&mut self.inner, &numbers, whole, now).await? {
                sqlx::query!(
                    "insert into dora_days (scope, scope_id, day, time_zone, made_at, facts)
                     values ('organisation', $1, $2, $3, $4, $5)
                     on conflict (scope, scope_id, day) do update
                     set time_zone = excluded.time_zone, made_at = excluded.made_at, facts = excluded.facts,
                         version = default",
                    Uuid::nil(),
                    day,
                    zone.name(),
                    now,
                    made.packed()
                )
                .execute(&mut *self.inner)
                .await?;
            }
        }
        Ok(())
    }
}
