//! The trend of one metric; every point opens its rows.

use domain::dora::{Metric, Point, Report, RowSet};
use leptos::prelude::*;

use super::{
    asked::Asked,
    words::{chart_unit, day, quantity, short},
};
use crate::ui::{
    Panel, Tab, Tabs,
    charts::{LineChart, Series},
};

/// The chart with the choice of metrics above it.
#[component]
pub(super) fn Trend(asked: Asked, report: Report) -> impl IntoView {
    let metric = asked.trend;
    let tabs = Metric::ALL
        .map(|one| {
            Tab::new(
                short(one),
                format!("{}#trend", asked.address.overview(one)),
                one == metric,
            )
        })
        .into();
    let title = format!("{} by {}", metric.title(), report.bucket.as_str());
    let lines = lines(&report.trend, metric);
    let highest = lines
        .iter()
        .flat_map(|(_, values)| values.iter().flatten().copied())
        .fold(0.0, f64::max);
    let (scale, unit) = chart_unit(metric, highest);
    let series = lines
        .into_iter()
        .map(|(name, values)| {
            Series::new(
                name,
                values.into_iter().map(|value| Some(value? / scale)).collect(),
            )
        })
        .collect();
    let set = RowSet::of(metric).first().copied().unwrap_or(RowSet::Counted);
    let hrefs = report.trend.iter().map(|point| {
        let last = point.to.pred_opt().unwrap_or(point.from);
        Some(asked.address.of_days(point.from, last).rows(metric, set))
    });
    let hrefs: Vec<Option<String>> = hrefs.collect();
    let labels = report.trend.iter().map(|point| day(point.from)).collect();
    let note = if report
        .trend
        .iter()
        .all(|point| main_value(point, metric).is_none())
    {
        ""
    } else if spreads(metric) {
        "median, p90 dashed · every point opens its rows"
    } else {
        "every point opens its rows"
    };
    let summary = summary(&report, metric);
    view! {
        <Panel title=title.clone() id="trend" note=move || note>
            <div class="dora-tabs"><Tabs label="Metric of the chart" tabs=tabs /></div>
            <LineChart title=title summary unit labels series hrefs />
        </Panel>
    }
}

fn spreads(metric: Metric) -> bool {
    matches!(metric, Metric::LeadTime | Metric::Recovery)
}

fn main_value(point: &Point, metric: Metric) -> Option<f64> {
    match metric {
        Metric::Frequency => point.per_day,
        Metric::LeadTime => point.lead_time.median,
        Metric::ChangeFailRate => point.change_fail_rate.share,
        Metric::Recovery => point.recovery.median,
        Metric::Rework => point.rework.share,
    }
}

type Line = (&'static str, Vec<Option<f64>>);

fn lines(trend: &[Point], metric: Metric) -> Vec<Line> {
    let main = trend.iter().map(|point| main_value(point, metric)).collect();
    match metric {
        Metric::Frequency => vec![("deploys a day", main)],
        Metric::LeadTime => vec![
            ("median", main),
            ("p90", trend.iter().map(|point| point.lead_time.p90).collect()),
        ],
        Metric::ChangeFailRate => vec![("failed", main)],
        Metric::Recovery => vec![
            ("median", main),
            ("p90", trend.iter().map(|point| point.recovery.p90).collect()),
        ],
        Metric::Rework => vec![("unplanned", main)],
    }
}

/// "From 1 d 2 h in the first week to 19 h 42 min in the last."
fn summary(report: &Report, metric: Metric) -> String {
    let mut known = report.trend.iter().filter_map(|point| main_value(point, metric));
    let bucket = report.bucket.as_str();
    match (known.next(), known.next_back()) {
        (Some(first), Some(last)) => format!(
            "From {} in the first {bucket} to {} in the last; a gap is a {bucket} without data.",
            quantity(metric, first).text(),
            quantity(metric, last).text()
        ),
        (Some(only), None) => format!("{} in the one {bucket} with data.", quantity(metric, only).text()),
        (None, _) => format!(
            "{} has no data in this range; choose a longer one.",
            metric.title()
        ),
    }
}
