//! What figures are made of: days from rows or from rollups, the population of services, coverage, bands, and the rows
//! behind each figure. Computes nothing itself: figures come from `domain::dora`.

mod cache;
mod corrected;
mod days;
mod facts;
mod known;
mod numbers;
mod population;
mod refresh;
mod rows;
mod teams;

use std::{collections::HashMap, sync::Arc};

pub(crate) use cache::DayCache;
use chrono::{DateTime, Utc};
use domain::dora::{
    Band, BandRule, Bands, Coverage, Day, Figures, Group, GroupName, Metric, Question, Range, Report, Scope,
    Week, weeks,
};
use known::Basis;
pub use rows::RowsAsked;
use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, sight::Hidden};

/// Everything of one answer comes from one moment.
const SNAPSHOT: &str = "begin isolation level repeatable read read only";

impl Reads {
    /// The figures of a scope and range as of `now`, from one snapshot of the database. They count everything, whoever reads;
    /// groups that are hidden services are left out.
    pub async fn dora(&self, asked: Question, now: DateTime<Utc>) -> Result<Report> {
        let Question { scope, range, .. } = asked;
        let mut tx = self.pool.begin_with(SNAPSHOT).await?;
        let before = range.previous();
        let both = Range {
            from: before.from,
            ..range
        };
        let days = self.days(&mut tx, scope, both, now).await?;
        let (mut population, mut population_before) = population::of(&mut tx, scope, range).await?;
        population.corrected = corrected::of(&mut tx, (scope, both), now).await?;
        population_before.corrected = population.corrected.clone();
        let coverage = coverage(&mut tx, scope, range).await?;
        tx.commit().await?;
        let basis = Basis {
            asked,
            days,
            population: (population, population_before),
            coverage,
        };
        let mut report = match self.days.known.report(&basis) {
            Some(known) => known,
            None => self.report(Arc::new(basis)).await?,
        };
        let mut names = self.group_names(scope, &report.groups).await?;
        for group in &mut Arc::make_mut(&mut report).groups {
            group.name = names.remove(&group.id);
        }
        let mut report = Arc::unwrap_or_clone(report);
        if scope != Scope::Organisation {
            // A group without a name is a service that is hidden; what it did is in the figures.
            report.groups.retain(|group| group.name.is_some());
        }
        Ok(report)
    }

    /// Computes a report, without the names of its groups, and keeps it.
    async fn report(&self, basis: Arc<Basis>) -> Result<Arc<Report>> {
        let (grouped, rest) = (Arc::clone(&basis), Arc::clone(&basis));
        let groups =
            off_thread(move || Group::all(grouped.range(), &grouped.asked, &grouped.population.0.corrected));
        let rest = off_thread(move || {
            let (days, before) = (rest.range(), rest.before());
            let population = (&rest.population.0, &rest.population.1);
            Report::without_groups(&rest.asked, (days, before), population, rest.coverage)
        });
        let (groups, rest) = tokio::try_join!(groups, rest)?;
        let report = Arc::new(Report { groups, ..rest });
        self.days.known.keep(basis, Arc::clone(&report));
        Ok(report)
    }

    /// The figures of the range alone, without the period before, the trend and the groups; and its whole weeks.
    pub async fn dora_figures(&self, asked: Question, now: DateTime<Utc>) -> Result<(Figures, Vec<Week>)> {
        let mut tx = self.pool.begin_with(SNAPSHOT).await?;
        let days = self.days(&mut tx, asked.scope, asked.range, now).await?;
        let (mut population, _) = population::of(&mut tx, asked.scope, asked.range).await?;
        population.corrected = corrected::of(&mut tx, (asked.scope, asked.range), now).await?;
        tx.commit().await?;
        off_thread(move || {
            let figures = Figures::of(&days, &asked, &population);
            (figures, weeks(&days, asked.range))
        })
        .await
    }

    /// The bands of an edition; `None` when there is no such edition.
    pub async fn dora_bands(&self, edition: i16) -> Result<Option<Bands>> {
        let rows = sqlx::query!(
            "select metric, band, lo, hi, hi_included from dora_bands where edition = $1",
            edition
        )
        .fetch_all(&self.pool)
        .await?;
        let mut rules = Vec::with_capacity(rows.len());
        for row in rows {
            let corrupt = |column| StoreError::corrupt("dora_bands", column, edition);
            rules.push(BandRule {
                metric: Metric::parse(&row.metric).ok_or_else(|| corrupt("metric"))?,
                band: Band::parse(&row.band).ok_or_else(|| corrupt("band"))?,
                lo: row.lo,
                hi: row.hi,
                hi_included: row.hi_included,
            });
        }
        Ok((!rules.is_empty()).then(|| Bands::new(edition, rules)))
    }

    /// The editions that have bands, newest first.
    pub async fn dora_editions(&self) -> Result<Vec<i16>> {
        let editions = sqlx::query_scalar!("select distinct edition from dora_bands order by 1 desc");
        Ok(editions.fetch_all(&self.pool).await?)
    }

    async fn group_names(&self, scope: Scope, groups: &[Group]) -> Result<HashMap<Uuid, GroupName>> {
        let ids: Vec<Uuid> = groups.iter().map(|group| group.id).collect();
        let table = match scope {
            Scope::Organisation => "teams",
            Scope::Team(_) | Scope::Service(_) => "services",
        };
        let mut query = QueryBuilder::new(format!("select id, slug, title from {table} where id = any("));
        query.push_bind(ids).push(")");
        if scope != Scope::Organisation {
            self.push_seen(&mut query, "id", Hidden::Services);
        }
        let rows: Vec<(Uuid, String, String)> = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows
            .into_iter()
            .map(|(id, slug, title)| (id, GroupName { slug, title }))
            .collect())
    }
}

/// Runs what takes tens of milliseconds of computing beside the threads that answer requests.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Db(sqlx::Error::Io(std::io::Error::other(error))))
}

/// What days do not know: unmatched deployments and corrections.
async fn coverage(connection: &mut PgConnection, scope: Scope, range: Range) -> Result<Coverage> {
    // Those that are in the range, and those that were before somebody corrected them.
    let mut query = QueryBuilder::new(
        "select count(*) from (select d.id from deploys d where d.corrected and d.exposed_at >= ",
    );
    query
        .push_bind(range.start())
        .push(" and d.exposed_at < ")
        .push_bind(range.end());
    push_scope(&mut query, "d", scope);
    query
        .push(
            " union select c.deploy_id from corrected_rows c join deploys d on d.id = c.deploy_id
              where d.corrected and c.at >= ",
        )
        .push_bind(range.start())
        .push(" and c.at < ")
        .push_bind(range.end());
    push_scope(&mut query, "c", scope);
    query.push(") as corrected");
    let corrections: i64 = query.build_query_scalar().fetch_one(&mut *connection).await?;
    let unmatched = match scope {
        Scope::Organisation => {
            sqlx::query_scalar!(
                r#"select count(*) as "count!" from github_deployments
                   where service_id is null and created_at >= $1 and created_at < $2"#,
                range.start(),
                range.end()
            )
            .fetch_one(connection)
            .await?
        }
        Scope::Team(_) | Scope::Service(_) => 0,
    };
    Ok(Coverage {
        unmatched: u64::try_from(unmatched).unwrap_or(0),
        corrections: u64::try_from(corrections).unwrap_or(0),
        ..Coverage::default()
    })
}

/// What the table below the figures groups by.
fn group_column(scope: Scope, alias: &str) -> String {
    match scope {
        Scope::Organisation => format!("{alias}.team_id"),
        Scope::Team(_) | Scope::Service(_) => format!("{alias}.service_id"),
    }
}

/// Narrows a query on a table with `team_id` and `service_id` to a scope.
fn push_scope(query: &mut QueryBuilder<sqlx::Postgres>, alias: &str, scope: Scope) {
    match scope {
        Scope::Organisation => {}
        Scope::Team(team) => {
            query
                .push(format_args!(" and {alias}.team_id = "))
                .push_bind(team.0);
        }
        Scope::Service(service) => {
            query
                .push(format_args!(" and {alias}.service_id = "))
                .push_bind(service.0);
        }
    }
}

/// The days of a range in order, shared with the cache.
type SharedDays = Vec<Arc<Day>>;
