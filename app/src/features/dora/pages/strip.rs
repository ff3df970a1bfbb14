//! The five figures side by side: value, band, the period before, n; each opens its rows.

use domain::dora::{Figures, Metric, Report, RowSet, SURE_FROM, Spread, Unranked};
use leptos::prelude::*;

use super::{
    asked::Asked,
    words::{about_id, band, days_a_week, per_day, quantity, short, unranked},
};
use crate::{
    format::{count, counted},
    ui::{Metric as MetricFigure, MetricStrip, Reading},
};

/// What a metric's value is made of.
pub(super) struct Value {
    pub shown: Option<f64>,
    /// What the band looks at, where it is another value.
    pub ranked: Option<f64>,
    pub n: u64,
    pub corrected: u64,
}

/// The value of a metric among figures.
pub(super) fn value(figures: &Figures, metric: Metric) -> Value {
    let of = |shown, ranked, n, corrected| Value {
        shown,
        ranked,
        n,
        corrected,
    };
    let spread = |total: Spread, corrected| of(total.median, total.median, total.n, corrected);
    let (frequency, rate, rework) = (&figures.frequency, &figures.change_fail_rate, &figures.rework);
    match metric {
        Metric::Frequency => of(
            frequency.per_day,
            frequency.median_service,
            frequency.total,
            frequency.corrected,
        ),
        Metric::LeadTime => spread(figures.lead_time.total, figures.lead_time.corrected),
        Metric::ChangeFailRate => of(rate.share, rate.share, rate.mature, rate.corrected),
        Metric::Recovery => spread(figures.recovery.total, figures.recovery.corrected),
        Metric::Rework => of(rework.share, None, rework.counted, rework.corrected),
    }
}

/// A metric as the strip shows it.
pub(super) fn reading(report: &Report, asked: &Asked, metric: Metric) -> Reading {
    let now = value(&report.figures, metric);
    let before = value(&report.previous, metric);
    let rank = asked.bands.rank(metric, now.ranked, now.n);
    let unranked = rank.err().and_then(|why| no_band(asked, metric, why));
    Reading {
        value: now.shown.map(|value| quantity(metric, value)),
        band: rank.ok().map(band),
        n: Some(now.n),
        before: before.shown.map(|value| quantity(metric, value)),
        note: note(report, &now, (metric, unranked)),
        beside: beside(&report.figures, asked, metric).into_iter().collect(),
    }
}

/// The other figure of a metric, with its rows: the slowest tenth beside a median, the days of a week beside a frequency.
fn beside(figures: &Figures, asked: &Asked, metric: Metric) -> Option<(String, String)> {
    let p90 = |spread: Spread, set: RowSet| {
        let words = format!("p90 {}", quantity(metric, spread.p90?).text());
        Some((words, asked.address.rows(metric, set)))
    };
    match metric {
        Metric::Frequency => {
            let words = days_a_week(figures.frequency.days_per_week?);
            Some((words, asked.address.weeks()))
        }
        Metric::LeadTime => p90(figures.lead_time.total, RowSet::Changes),
        Metric::Recovery => p90(figures.recovery.total, RowSet::Restored),
        Metric::ChangeFailRate | Metric::Rework => None,
    }
}

/// Why a value has no band, where one would look for it.
fn no_band(asked: &Asked, metric: Metric, why: Unranked) -> Option<String> {
    match why {
        Unranked::NoBands | Unranked::NoData => None,
        Unranked::FewRows => Some(format!("no band below n {SURE_FROM}")),
        Unranked::BeyondBands => Some(format!("no band: {}", unranked(&asked.bands, metric, why))),
    }
}

fn note(report: &Report, now: &Value, (metric, unranked): (Metric, Option<String>)) -> Option<String> {
    let mut notes = Vec::new();
    match metric {
        Metric::Frequency if report.figures.frequency.services > 1 => {
            notes.extend(
                now.ranked
                    .map(|median| format!("median service {}", per_day(median).text())),
            );
        }
        Metric::Recovery if report.figures.recovery.open > 0 => {
            notes.push(format!("{} open", count(report.figures.recovery.open)));
        }
        Metric::ChangeFailRate if report.figures.change_fail_rate.immature > 0 => {
            let rate = &report.figures.change_fail_rate;
            notes.push(young(rate.immature, rate.immature_failed));
        }
        _ => {}
    }
    notes.extend(unranked.filter(|_| now.shown.is_some()));
    if now.corrected > 0 {
        notes.push(format!("{} corrected", count(now.corrected)));
    }
    (!notes.is_empty()).then(|| notes.join(" · "))
}

/// Deployments that are not in the cohort yet. Those that failed already are named, since the rate says nothing of them.
fn young(immature: u64, failed: u64) -> String {
    let young = format!("{} younger than 24 h", count(immature));
    match failed {
        0 => young,
        failed => format!("{young}, {} of them failed", count(failed)),
    }
}

/// The strip.
#[component]
pub(super) fn Strip(asked: Asked, report: Report) -> impl IntoView {
    let figures = Metric::ALL.map(|metric| {
        let set = RowSet::of(metric).first().copied().unwrap_or(RowSet::Counted);
        let href = asked.address.rows(metric, set);
        let help = format!("#{}", about_id(metric));
        view! { <MetricFigure label=short(metric) reading=reading(&report, &asked, metric) href=href help=help /> }
    });
    view! { <MetricStrip label="The five metrics">{figures.collect_view()}</MetricStrip> }
}

/// "n 306", or "12 of 306" where a value is a share.
pub(super) fn basis(figures: &Figures, metric: Metric) -> String {
    match metric {
        Metric::Frequency => counted(figures.frequency.total, "deployment"),
        Metric::LeadTime => counted(figures.lead_time.total.n, "change"),
        Metric::ChangeFailRate => {
            let of = &figures.change_fail_rate;
            format!(
                "{} failed of {}",
                count(of.failed),
                counted(of.mature, "deployment")
            )
        }
        Metric::Recovery => counted(figures.recovery.total.n, "restored deployment"),
        Metric::Rework => {
            let of = &figures.rework;
            format!(
                "{} unplanned of {}",
                count(of.unplanned),
                counted(of.counted, "deployment")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_already_is_said_before_it_is_in_the_rate() {
        assert_eq!(young(2, 0), "2 younger than 24 h");
        assert_eq!(young(2, 1), "2 younger than 24 h, 1 of them failed");
    }
}
