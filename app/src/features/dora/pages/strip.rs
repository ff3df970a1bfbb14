//! The five figures side by side: value, band, the period before, n; each opens its rows.

use domain::dora::{Bands, Figures, Metric, Report, RowSet, SURE_FROM, Spread};
use leptos::prelude::*;

use super::{
    asked::Asked,
    words::{about_id, band, per_day, quantity, short},
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
pub(super) fn reading(report: &Report, bands: &Bands, metric: Metric) -> Reading {
    let now = value(&report.figures, metric);
    let before = value(&report.previous, metric);
    let rank = bands.of(metric, now.ranked, now.n);
    Reading {
        value: now.shown.map(|value| quantity(metric, value)),
        band: rank.map(band),
        n: Some(now.n),
        before: before.shown.map(|value| quantity(metric, value)),
        note: note(report, &now, metric),
    }
}

fn note(report: &Report, now: &Value, metric: Metric) -> Option<String> {
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
            notes.push(format!(
                "{} younger than 24 h",
                count(report.figures.change_fail_rate.immature)
            ));
        }
        _ => {}
    }
    if now.shown.is_some() && now.n < SURE_FROM && metric != Metric::Rework {
        notes.push(format!("no band below n {SURE_FROM}"));
    }
    if now.corrected > 0 {
        notes.push(format!("{} corrected", count(now.corrected)));
    }
    (!notes.is_empty()).then(|| notes.join(" · "))
}

/// The strip.
#[component]
pub(super) fn Strip(asked: Asked, report: Report) -> impl IntoView {
    let figures = Metric::ALL.map(|metric| {
        let set = RowSet::of(metric).first().copied().unwrap_or(RowSet::Counted);
        let href = asked.address.rows(metric, set);
        let help = format!("#{}", about_id(metric));
        view! { <MetricFigure label=short(metric) reading=reading(&report, &asked.bands, metric) href=href help=help /> }
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
