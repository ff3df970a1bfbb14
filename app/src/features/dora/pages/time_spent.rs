//! Where the time of a change goes: its stages, and how lead times are spread.

use domain::dora::{Bin, Metric, Report, RowSet, Spread, Stage};
use leptos::prelude::*;

use super::asked::Asked;
use crate::{
    format::{counted, span},
    ui::{
        Empty, Panel,
        charts::{Bar, Bars, Divider, Stage as StagePart, StageBar},
    },
};

/// The stages of the median change.
#[component]
pub(super) fn Stages(asked: Asked, report: Report) -> impl IntoView {
    let lead = report.figures.lead_time;
    let parts = Stage::ALL
        .iter()
        .zip(lead.stages)
        .enumerate()
        .map(|(index, (stage, spread))| StagePart {
            name: stage.title().into(),
            length: lead.shares.map(|shares| shares[index]),
            text: both(spread).unwrap_or_else(|| "no data".into()),
        })
        .collect::<Vec<_>>();
    let note = both(lead.total).map_or_else(|| "no data".into(), |both| format!("median change, {both}"));
    let delivery = both(lead.delivery).map(|both| {
        let changes = counted(lead.delivery.n, "change");
        format!("Merge to production takes {both} in the median ({changes}).")
    });
    let about = lead.shares.map(|_| {
        "The bar shows each stage's share of all time; beside it stand its median and p90. Medians of stages do not sum to \
         the median lead time. "
    });
    let href = asked.address.rows(Metric::LeadTime, RowSet::Changes);
    view! {
        <Panel title="Where the time goes" note=move || view! { <a href=href.clone()>{note.clone()}</a> }>
            <StageBar title="Stages of a change" stages=parts />
            <p class="dora-note">{about}{delivery}</p>
        </Panel>
    }
}

/// "7 h 12 min, p90 18 h"; nothing without values.
fn both(spread: Spread) -> Option<String> {
    let (median, p90) = (spread.median?, spread.p90?);
    Some(format!("{}, p90 {}", span(median).text(), span(p90).text()))
}

/// How many changes took how long.
#[component]
pub(super) fn Distribution(asked: Asked, report: Report) -> impl IntoView {
    let spread = report.figures.lead_time.total;
    let href = asked.address.rows(Metric::LeadTime, RowSet::Changes);
    // Bins after the longest change would be empty room.
    let used = report
        .distribution
        .iter()
        .rposition(|bin| bin.n > 0)
        .map_or(0, |last| last + 1);
    let divider = |value: Option<f64>, name: &str| {
        let value = value?;
        Some(Divider {
            at: place(&report.distribution[..used], value)?,
            label: format!("{name} {}", span(value).text()),
        })
    };
    let dividers = divider(spread.median, "median").into_iter().collect::<Vec<_>>();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let bars = report
        .distribution
        .iter()
        .take(used)
        .map(|bin| Bar {
            label: label(bin),
            value: Some(bin.n as f64),
            href: Some(href.clone()),
        })
        .collect::<Vec<_>>();
    let summary = match (spread.median, spread.p90) {
        (Some(median), Some(p90)) => {
            format!(
                "Half of {} took up to {}, nine in ten up to {}.",
                counted(spread.n, "change"),
                span(median).text(),
                span(p90).text()
            )
        }
        _ => "No change with a known lead time in this range.".into(),
    };
    let chart = if spread.n == 0 {
        view! { <Empty title="No changes yet">"A change appears when a deployment carries it to production."</Empty> }.into_any()
    } else {
        view! { <Bars title="Distribution of lead times" summary counted="changes" bars dividers /> }
            .into_any()
    };
    let note = counted(spread.n, "change");
    view! { <Panel title="Distribution of lead times" note=move || note.clone()>{chart}</Panel> }
}

/// "4–8 h", "2–4 d", "over 16 w"
fn label(bin: &Bin) -> String {
    const HOUR: f64 = 3600.0;
    let (size, unit) = match bin.to.unwrap_or(f64::INFINITY) {
        to if to <= 24.0 * HOUR => (HOUR, "h"),
        to if to <= 168.0 * HOUR => (24.0 * HOUR, "d"),
        _ => (168.0 * HOUR, "w"),
    };
    let number = |seconds: f64| crate::format::decimal(seconds / size, 0);
    match bin.to {
        Some(to) if bin.from == 0.0 => format!("under {} {unit}", number(to)),
        Some(to) => format!("{}–{} {unit}", number(bin.from), number(to)),
        None => format!("over {} {unit}", number(bin.from)),
    }
}

/// Where a value stands along the bars, 0 to 1: in its bin, as far as it is through it.
#[expect(clippy::cast_precision_loss, reason = "there are few bins")]
fn place(bins: &[Bin], value: f64) -> Option<f64> {
    let index = bins.iter().position(|bin| bin.to.is_none_or(|to| value < to))?;
    let bin = bins.get(index)?;
    let within = bin.to.map_or(0.5, |to| (value - bin.from) / (to - bin.from));
    Some((index as f64 + within.clamp(0.0, 1.0)) / bins.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_read_in_the_unit_that_people_use() {
        let bin = |from: f64, to: Option<f64>| Bin {
            from: from * 3600.0,
            to: to.map(|to| to * 3600.0),
            n: 0,
        };
        assert_eq!(label(&bin(0.0, Some(1.0))), "under 1 h");
        assert_eq!(label(&bin(4.0, Some(8.0))), "4–8 h");
        assert_eq!(label(&bin(24.0, Some(48.0))), "1–2 d");
        assert_eq!(label(&bin(168.0, Some(336.0))), "1–2 w");
        assert_eq!(label(&bin(2688.0, None)), "over 16 w");
    }

    #[test]
    fn the_median_stands_in_its_bin() {
        let bins = [
            Bin {
                from: 0.0,
                to: Some(10.0),
                n: 1,
            },
            Bin {
                from: 10.0,
                to: None,
                n: 1,
            },
        ];
        assert_eq!(place(&bins, 5.0), Some(0.25));
        assert_eq!(place(&bins, 50.0), Some(0.75));
    }
}
