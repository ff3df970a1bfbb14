//! The figures of a year against PostgreSQL's own arithmetic on the rows: equal to the last digit, or not.

use chrono::{Days, Utc};
use domain::dora::{Figures, Question, Range, Scope, Spread};
use sqlx::{AssertSqlSafe, PgPool};
use store::Store;

use crate::{
    Problem,
    sheet::{Limit::AtLeast, Sheet},
};

/// Median, p90 and n, as PostgreSQL computes them.
type Raw = (Option<f64>, Option<f64>, i64);

pub async fn figures(sheet: &mut Sheet, pool: &PgPool) -> Result<(), Problem> {
    let store = Store::on(pool.clone());
    let zone = store.reads().organisation().await?.time_zone;
    // All of it older than 24 h, so that both look at the same deployments whenever they look.
    let last = Utc::now().with_timezone(&zone).date_naive() - Days::new(3);
    let range = Range::custom(last - Days::new(364), last, zone)?;
    let asked = Question::new(Scope::Organisation, range);
    let figures = store.reads().dora(asked, Utc::now()).await?.figures;
    let mut equal = Vec::new();
    for (expression, spread) in leads(&figures) {
        let raw = spread_of(pool, range, ("lead_times", "promoted_at", expression)).await?;
        equal.extend(same(spread, raw));
    }
    for (expression, spread) in recoveries(&figures) {
        let raw = spread_of(pool, range, ("deploys", "exposed_at", expression)).await?;
        equal.extend(same(spread, raw));
    }
    equal.extend(counts(pool, range, &figures).await?);
    let kept = equal.iter().filter(|equal| **equal).count();
    let what = "DORA, 12 months: values equal to SQL over the rows, bit for bit";
    sheet.promise(what, kept as f64, "", AtLeast(equal.len() as f64));
    Ok(())
}

fn leads(figures: &Figures) -> Vec<(&'static str, Spread)> {
    let of = &figures.lead_time;
    let stages = [
        "coding_seconds",
        "review_seconds",
        "queue_seconds",
        "approval_seconds",
        "rollout_seconds",
    ];
    let whole = [("lead_seconds", of.total), ("delivery_seconds", of.delivery)];
    whole
        .into_iter()
        .chain(stages.into_iter().zip(of.stages))
        .collect()
}

fn recoveries(figures: &Figures) -> [(&'static str, Spread); 3] {
    let of = &figures.recovery;
    [
        (
            "case when counted and failed then trunc(extract(epoch from restored_at - exposed_at) * 1000)::float8 / 1000 end",
            of.total,
        ),
        (
            "case when counted and failed and restored_at is not null
               then trunc(extract(epoch from failed_at - exposed_at) * 1000)::float8 / 1000 end",
            of.detection,
        ),
        (
            "case when counted and failed then trunc(extract(epoch from restored_at - failed_at) * 1000)::float8 / 1000 end",
            of.repair,
        ),
    ]
}

async fn spread_of(
    pool: &PgPool,
    range: Range,
    (table, at, expression): (&str, &str, &str),
) -> Result<Raw, Problem> {
    let sql = format!(
        "select percentile_cont(0.5) within group (order by value), percentile_cont(0.9) within group (order by value), count(value)
         from (select {expression} as value from {table} where {at} >= $1 and {at} < $2) rows"
    );
    let raw = sqlx::query_as(AssertSqlSafe(sql))
        .bind(range.start())
        .bind(range.end());
    Ok(raw.fetch_one(pool).await?)
}

fn same(spread: Spread, (median, p90, n): Raw) -> [bool; 3] {
    let equal = |ours: Option<f64>, theirs: Option<f64>| ours.map(f64::to_bits) == theirs.map(f64::to_bits);
    [
        equal(spread.median, median),
        equal(spread.p90, p90),
        i64::try_from(spread.n) == Ok(n),
    ]
}

/// Counts, and the shares that follow from them.
async fn counts(pool: &PgPool, range: Range, figures: &Figures) -> Result<[bool; 6], Problem> {
    let (counted, failed, open, rework): (i64, i64, i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where failed), count(*) filter (where failed and restored_at is null),
                count(*) filter (where rework)
         from deploys where counted and exposed_at >= $1 and exposed_at < $2",
    )
    .bind(range.start())
    .bind(range.end())
    .fetch_one(pool)
    .await?;
    let is = |ours: u64, theirs: i64| i64::try_from(ours) == Ok(theirs);
    let share = |part: i64| (counted > 0).then(|| (part as f64 / counted as f64).to_bits());
    let (rate, unplanned) = (&figures.change_fail_rate, &figures.rework);
    Ok([
        is(figures.frequency.total, counted),
        is(rate.failed, failed) && is(rate.mature, counted),
        rate.share.map(f64::to_bits) == share(failed),
        is(figures.recovery.open, open),
        is(unplanned.unplanned, rework),
        unplanned.share.map(f64::to_bits) == share(rework),
    ])
}
