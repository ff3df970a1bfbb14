//! The days of a range: from rollup rows where there are any, else from the rows of deploys and changes.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use domain::dora::{Day, Range, Scope};
use futures::TryStreamExt;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{SharedDays, facts};
use crate::{Reads, Result};

/// More days than this missing in the cache are loaded by one request at a time.
const MANY: usize = 16;

impl Reads {
    /// Every day of a range in order, as of `now`.
    pub(super) async fn days(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        range: Range,
        now: DateTime<Utc>,
    ) -> Result<SharedDays> {
        let mut known = match scope {
            Scope::Organisation => self.stored_days(connection, range).await?,
            // A team or service has few rows: reading them is quicker than keeping another copy in step.
            Scope::Team(_) | Scope::Service(_) => HashMap::new(),
        };
        for gap in gaps(range, &known) {
            let days = facts::days(connection, &self.days.numbers, (scope, gap), now).await?;
            known.extend(gap.iter().zip(days.into_iter().map(Arc::new)));
        }
        Ok(range
            .iter()
            .map(|day| known.remove(&day).unwrap_or_default())
            .collect())
    }

    /// The organisation's days that have a rollup row in the range's time zone.
    async fn stored_days(
        &self,
        connection: &mut PgConnection,
        range: Range,
    ) -> Result<HashMap<NaiveDate, Arc<Day>>> {
        // Two lists instead of a row for each day of two years.
        let row = sqlx::query!(
            r#"select coalesce(array_agg(day), '{}') as "days!", coalesce(array_agg(version), '{}') as "versions!"
               from dora_days
               where scope = 'organisation' and scope_id = $1 and day >= $2 and day < $3 and time_zone = $4"#,
            Uuid::nil(),
            range.from,
            range.to,
            range.zone.name()
        )
        .fetch_one(&mut *connection)
        .await?;
        let versions: Vec<(NaiveDate, i64)> = row.days.into_iter().zip(row.versions).collect();
        let missing = |found: &HashMap<NaiveDate, Arc<Day>>| -> Vec<NaiveDate> {
            versions
                .iter()
                .map(|(day, _)| *day)
                .filter(|day| !found.contains_key(day))
                .collect()
        };
        let mut found = self.kept(&versions);
        if missing(&found).len() > MANY {
            let _turn = self.days.loading.lock().await;
            // Whoever had the turn before may have loaded them.
            found = self.kept(&versions);
            self.load(connection, missing(&found), &mut found).await?;
        } else {
            self.load(connection, missing(&found), &mut found).await?;
        }
        Ok(found)
    }

    fn kept(&self, versions: &[(NaiveDate, i64)]) -> HashMap<NaiveDate, Arc<Day>> {
        let kept = |(day, version): &(NaiveDate, i64)| Some((*day, self.days.day(*day, *version)?));
        versions.iter().filter_map(kept).collect()
    }

    /// Reads and decodes rows one by one. A row that cannot be read is left out: its day comes from the rows instead.
    async fn load(
        &self,
        connection: &mut PgConnection,
        days: Vec<NaiveDate>,
        found: &mut HashMap<NaiveDate, Arc<Day>>,
    ) -> Result<()> {
        if days.is_empty() {
            return Ok(());
        }
        let mut rows = sqlx::query!(
            "select day, version, facts from dora_days
             where scope = 'organisation' and scope_id = $1 and day = any($2)",
            Uuid::nil(),
            &days
        )
        .fetch(connection);
        while let Some(row) = rows.try_next().await? {
            match Day::unpacked(&row.facts) {
                Ok(day) => {
                    let day = Arc::new(day);
                    self.days.keep(row.day, row.version, Arc::clone(&day));
                    found.insert(row.day, day);
                }
                Err(unreadable) => tracing::warn!(day = %row.day, "{unreadable}"),
            }
        }
        Ok(())
    }
}

/// The stretches of a range that are not known.
fn gaps(range: Range, known: &HashMap<NaiveDate, Arc<Day>>) -> Vec<Range> {
    let mut gaps: Vec<Range> = Vec::new();
    for day in range.iter().filter(|day| !known.contains_key(day)) {
        let next = day.succ_opt().unwrap_or(day);
        match gaps.last_mut() {
            Some(gap) if gap.to == day => gap.to = next,
            _ => gaps.push(Range {
                from: day,
                to: next,
                ..range
            }),
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_the_days_between_what_is_known() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let range = Range::custom(day("2026-01-01"), day("2026-01-07"), chrono_tz::Tz::UTC).unwrap();
        let known = ["2026-01-02", "2026-01-03", "2026-01-06"].map(|text| (day(text), Arc::default()));
        let gaps = gaps(range, &HashMap::from(known));
        let gaps: Vec<String> = gaps
            .iter()
            .map(|gap| format!("{}..{}", gap.from, gap.to))
            .collect();
        assert_eq!(
            gaps,
            [
                "2026-01-01..2026-01-02",
                "2026-01-04..2026-01-06",
                "2026-01-07..2026-01-08"
            ]
        );
    }
}
