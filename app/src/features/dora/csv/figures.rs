//! `/dora.csv`: every figure, the period before, and the groups.

use axum::{extract::State, response::Response};
use domain::dora::{Figures, Group, Metric, QuickCheck, Report, Spread};

use super::{
    super::pages::{Address, Asked, metric_unit, unranked},
    request::{file_name, number, resolved},
};
use crate::{
    csv::Csv,
    ctx::{AppContext, Queried, Readable},
    error,
};

/// Columns of the five metrics.
const METRIC_HEAD: [&str; 17] = [
    "whose",
    "metric",
    "unit",
    "value",
    "p90",
    "n",
    "band",
    "no_band_because",
    "before",
    "n_before",
    "first_day",
    "last_day",
    "edition",
    "interval_low",
    "interval_high",
    "quick_check",
    "corrected",
];
/// Columns of the teams or services.
const GROUP_HEAD: [&str; 15] = [
    "slug",
    "title",
    "deploys",
    "deploys_per_day",
    "lead_median_seconds",
    "lead_p90_seconds",
    "lead_n",
    "failed",
    "mature",
    "fail_rate",
    "recovery_median_seconds",
    "recovery_p90_seconds",
    "recovery_n",
    "open",
    "rework_rate",
];
/// Columns of the chart's points.
const TREND_HEAD: [&str; 13] = [
    "from",
    "before",
    "deploys",
    "deploys_per_day",
    "lead_median_seconds",
    "lead_p90_seconds",
    "lead_n",
    "failed",
    "mature",
    "fail_rate",
    "recovery_median_seconds",
    "recovery_n",
    "rework_rate",
];

/// Every figure of a scope and range, the period before, and the groups.
pub async fn dora_csv(
    State(app): State<AppContext>,
    Readable(reads): Readable,
    Queried(address): Queried<Address>,
) -> Response {
    let table = async {
        let asked = resolved(&app, &reads, address).await?;
        let report = reads.dora(asked.question(), app.commands.now()).await?;
        Ok((figures(&asked, &report), file_name(&asked, "dora")))
    };
    match table.await {
        Ok((csv, name)) => csv.into_download(&name),
        Err(problem) => error::plain(&problem),
    }
}

fn figures(asked: &Asked, report: &Report) -> Csv {
    let mut csv = Csv::new(&METRIC_HEAD);
    for metric in Metric::ALL {
        csv.row(&metric_line(asked, report, metric));
    }
    csv.row(&days_line(asked, report));
    if !report.groups.is_empty() {
        csv.row::<&str>(&[]);
        csv.row(&GROUP_HEAD);
    }
    for group in &report.groups {
        csv.row(&group_line(group));
    }
    trend(&mut csv, report);
    weeks(&mut csv, report);
    distribution(&mut csv, report);
    csv
}

/// The points of the chart.
fn trend(csv: &mut Csv, report: &Report) {
    csv.row::<&str>(&[]);
    csv.row(&TREND_HEAD);
    for point in &report.trend {
        let rate = &point.change_fail_rate;
        csv.row(&[
            point.from.to_string(),
            point.to.to_string(),
            point.deploys.to_string(),
            number(point.per_day),
            number(point.lead_time.median),
            number(point.lead_time.p90),
            point.lead_time.n.to_string(),
            rate.failed.to_string(),
            rate.mature.to_string(),
            number(rate.share),
            number(point.recovery.median),
            point.recovery.n.to_string(),
            number(point.rework.share),
        ]);
    }
}

/// The weeks that the deployment days are the median of.
fn weeks(csv: &mut Csv, report: &Report) {
    csv.row::<&str>(&[]);
    csv.row(&["week_from", "week_last_day", "deployment_days"]);
    for week in &report.weeks {
        let (first, last) = (week.from.to_string(), week.last_day().to_string());
        csv.row(&[first, last, week.days.to_string()]);
    }
}

/// How many changes took how long.
fn distribution(csv: &mut Csv, report: &Report) {
    csv.row::<&str>(&[]);
    csv.row(&["lead_from_seconds", "lead_before_seconds", "changes"]);
    for bin in &report.distribution {
        csv.row(&[bin.from.to_string(), number(bin.to), bin.n.to_string()]);
    }
}

fn metric_line(asked: &Asked, report: &Report, metric: Metric) -> [String; 17] {
    let (value, spread, n, ranked) = measured(&report.figures, metric);
    let (before, _, n_before, _) = measured(&report.previous, metric);
    let rank = asked.bands.rank(metric, ranked, n);
    let likely = report.figures.likely(metric);
    [
        asked.whose.clone(),
        metric.as_str().into(),
        metric_unit(metric).into(),
        number(value),
        number(spread.p90),
        n.to_string(),
        rank.map(|band| band.as_str().to_owned()).unwrap_or_default(),
        rank.err()
            .map(|why| unranked(&asked.bands, metric, why))
            .unwrap_or_default(),
        number(before),
        n_before.to_string(),
        asked.range.from.to_string(),
        asked.range.last_day().to_string(),
        asked.bands.edition.to_string(),
        number(likely.map(|likely| likely.low)),
        number(likely.map(|likely| likely.high)),
        number(QuickCheck::of(&report.figures).score(metric)),
        report.figures.corrected(metric).to_string(),
    ]
}

/// On how many days of the median week there was a deployment.
fn days_line(asked: &Asked, report: &Report) -> [String; 17] {
    let (now, before) = (&report.figures.frequency, &report.previous.frequency);
    let nothing = String::new;
    [
        asked.whose.clone(),
        "deployment_days".into(),
        "days per week".into(),
        number(now.days_per_week),
        nothing(),
        now.weeks.to_string(),
        nothing(),
        nothing(),
        number(before.days_per_week),
        before.weeks.to_string(),
        asked.range.from.to_string(),
        asked.range.last_day().to_string(),
        asked.bands.edition.to_string(),
        nothing(),
        nothing(),
        nothing(),
        report.figures.corrected(Metric::Frequency).to_string(),
    ]
}

/// Value, spread, n, and what the band looks at.
fn measured(figures: &Figures, metric: Metric) -> (Option<f64>, Spread, u64, Option<f64>) {
    let none = Spread::default();
    match metric {
        Metric::Frequency => {
            let of = &figures.frequency;
            (of.per_day, none, of.total, of.median_service)
        }
        Metric::LeadTime => {
            let of = figures.lead_time.total;
            (of.median, of, of.n, of.median)
        }
        Metric::ChangeFailRate => {
            let of = &figures.change_fail_rate;
            (of.share, none, of.mature, of.share)
        }
        Metric::Recovery => {
            let of = figures.recovery.total;
            (of.median, of, of.n, of.median)
        }
        Metric::Rework => (figures.rework.share, none, figures.rework.counted, None),
    }
}

fn group_line(group: &Group) -> [String; 15] {
    let name = group.name.as_ref();
    let rate = &group.change_fail_rate;
    [
        name.map(|name| name.slug.clone()).unwrap_or_default(),
        name.map(|name| name.title.clone()).unwrap_or_default(),
        group.deploys.to_string(),
        number(group.per_day),
        number(group.lead_time.median),
        number(group.lead_time.p90),
        group.lead_time.n.to_string(),
        rate.failed.to_string(),
        rate.mature.to_string(),
        number(rate.share),
        number(group.recovery.median),
        number(group.recovery.p90),
        group.recovery.n.to_string(),
        group.open.to_string(),
        number(group.rework.share),
    ]
}
