//! Figures and charts.

use leptos::prelude::*;

use crate::{
    format::{Quantity, percent, span},
    paths,
    ui::{
        Metric, MetricStrip, Panel, Reading, Section, Status, Tone,
        charts::{
            Bar, Bars, Divider, LineChart, Mark, Series, Sparkline, Stage, StageBar, Threshold, WatchedChart,
            WatchedPoint,
        },
    },
};

const HOUR: f64 = 3600.0;

/// The five figures, one of them without data.
pub fn figures() -> AnyView {
    let band = |word: &'static str| Some(crate::ui::Status::ok(word));
    let high = Some(Status::new(Tone::Info, crate::ui::Glyph::Check, "high"));
    let a_day = |number: &str| Some(Quantity::new(number, "a day"));
    view! {
        <MetricStrip label="Figures">
            <Metric label="Deploys" href=paths::with_query(&paths::dora_rows(), [("metric", "frequency")]) current=true
                reading=Reading { value: a_day("3.4"), band: band("elite"), n: Some(306), before: a_day("2.9"), note: None, beside: Vec::new() } />
            <Metric label="Lead time" href=paths::with_query(&paths::dora_rows(), [("metric", "lead_time")])
                reading=Reading { value: Some(span(19.7 * HOUR)), band: band("elite"), n: Some(874), before: Some(span(26.1 * HOUR)), note: None, beside: vec![("p90 2 d 10 h".into(), "#figures".into())] } />
            <Metric label="Change fail rate" href=paths::with_query(&paths::dora_rows(), [("metric", "change_fail_rate")])
                reading=Reading { value: Some(percent(0.083)), band: high, n: Some(278), before: Some(percent(0.11)), note: Some("2 corrected".into()), beside: Vec::new() } />
            <Metric label="Recovery" href=paths::with_query(&paths::dora_rows(), [("metric", "recovery")])
                reading=Reading { value: Some(span(0.56 * HOUR)), band: None, n: Some(4), before: Some(span(1.2 * HOUR)), note: Some("no band below n 5".into()), beside: Vec::new() } />
            <Metric label="Rework"
                reading=Reading { value: None, band: None, n: Some(0), before: None, note: Some("no counted deployment yet".into()), beside: Vec::new() } />
        </MetricStrip>
    }
    .into_any()
}

const WEEKS: [&str; 13] = [
    "25 Aug", "1 Sep", "8 Sep", "15 Sep", "22 Sep", "29 Sep", "6 Oct", "13 Oct", "20 Oct", "27 Oct", "3 Nov",
    "10 Nov", "17 Nov",
];
const MEDIANS: [f64; 13] = [
    24.0, 23.2, 24.4, 23.8, 22.1, 22.6, 0.0, 22.9, 22.0, 20.4, 22.2, 19.2, 19.7,
];
const TAILS: [f64; 13] = [
    51.5, 45.4, 50.0, 45.4, 47.0, 49.0, 0.0, 50.2, 44.3, 44.2, 46.6, 41.0, 41.0,
];

/// A line chart with a gap and points that lead somewhere.
pub fn lines() -> AnyView {
    let known = |values: [f64; 13]| values.map(|value| (value > 0.0).then_some(value)).to_vec();
    let hrefs = WEEKS
        .map(|week| {
            Some(paths::with_query(
                &paths::dora_rows(),
                [("metric", "lead_time"), ("week", week)],
            ))
        })
        .to_vec();
    view! {
        <Panel title="Change lead time by week" note=|| "every point opens its changes">
            <LineChart
                title="Change lead time by week"
                summary="The median fell from 24 h to 19 h 42 min; the week of 6 Oct has no change."
                unit="h" labels=WEEKS.map(String::from).to_vec() hrefs
                series=vec![Series::new("median", known(MEDIANS)), Series::new("p90", known(TAILS))]
            />
        </Panel>
        <div class="columns">
            <Panel title="Where the time goes" note=|| "mean change, 20 h 18 min">{stage_bar()}</Panel>
            <Section title="Reading">
                <p>"Waiting for approval is 22 % of lead time, up from 14 %. 61 of 74 waits over 4 h were outside the approvers' working hours."</p>
                <p>"Thirteen weeks: "<Sparkline label="thirteen weeks, falling from 24 h to 19 h 42 min" values=known(MEDIANS) /></p>
            </Section>
        </div>
    }
    .into_any()
}

fn stage_bar() -> AnyView {
    let stage = |name: &str, hours: Option<f64>| Stage {
        name: name.into(),
        length: hours,
        text: hours.map_or_else(|| "unknown".into(), |hours| span(hours * HOUR).text()),
    };
    let stages = vec![
        stage("Coding", Some(7.2)),
        stage("Review", Some(5.1)),
        stage("Build and queue", Some(0.6)),
        stage("Approval wait", Some(4.4)),
        stage("Rollout", Some(2.4)),
    ];
    view! { <StageBar title="Where the time goes" stages /> }.into_any()
}

/// A distribution with its median, and counts by week.
pub fn distributions() -> AnyView {
    let bins = [
        ("< 1 h", 41.0),
        ("1–4 h", 98.0),
        ("4–8 h", 130.0),
        ("8–16 h", 171.0),
        ("16–24 h", 149.0),
        ("1–2 d", 166.0),
        ("2–4 d", 84.0),
        ("4–7 d", 25.0),
        ("> 7 d", 10.0),
    ];
    let bars = bins.map(|(label, count)| Bar {
        label: label.into(),
        value: Some(count),
        href: Some(paths::with_query(&paths::dora_rows(), [("metric", "lead_time")])),
    });
    let weekly = [
        22.0, 25.0, 19.0, 27.0, 24.0, 21.0, 0.0, 26.0, 29.0, 25.0, 31.0, 28.0, 29.0,
    ];
    let weeks = WEEKS.iter().zip(weekly).map(|(week, count)| Bar {
        label: (*week).into(),
        value: (count > 0.0).then_some(count),
        href: None,
    });
    view! {
        <div class="halves">
            <Panel title="Distribution of lead time" note=|| "874 changes">
                <Bars title="Distribution of lead time" summary="Half of 874 changes took less than 19 h 42 min; one in ten took longer than 41 h." counted="changes"
                    bars=bars.to_vec() dividers=vec![Divider { at: 0.49, label: "median 19 h 42 min".into() }] />
            </Panel>
            <Panel title="Deploys by week" note=|| "306 deploys">
                <Bars title="Deploys by week" summary="Between 19 and 31 a week; the week of 6 Oct is not known." counted="deploys" bars=weeks.collect() />
            </Panel>
        </div>
        <Panel title="Recovery by week">
            <LineChart title="Recovery by week" summary="No deployment was restored in this range." unit="h"
                labels=WEEKS.map(String::from).to_vec() series=vec![Series::new("median", vec![None; WEEKS.len()])] />
        </Panel>
    }
    .into_any()
}

/// What was measured of a canary: within the threshold, a gap, beyond it; and one of which nothing is known.
pub fn watched() -> AnyView {
    let measured = [
        Some(0.2),
        Some(0.31),
        None,
        Some(0.28),
        Some(0.4),
        Some(1.9),
        Some(3.2),
        Some(3.6),
    ];
    let point = |(index, value): (u8, Option<f64>)| WatchedPoint {
        at: 10.0 + 12.0 * f64::from(index),
        time: format!("14:0{index}:30 at 5 %"),
        value,
        baseline: Some(0.22),
        is_beyond: value.is_some_and(|value| value > 1.0),
        says: value.map_or("has too little traffic", |_| "measured").to_owned(),
    };
    let points: Vec<WatchedPoint> = (0..).zip(measured).map(point).collect();
    let silent: Vec<WatchedPoint> = points
        .iter()
        .map(|point| WatchedPoint {
            value: None,
            baseline: None,
            ..point.clone()
        })
        .collect();
    let threshold = || Threshold {
        value: 1.0,
        label: "at most 1 %".to_owned(),
    };
    let marks = vec![
        Mark {
            at: 4.0,
            label: "exposed to 5 %".to_owned(),
        },
        Mark {
            at: 52.0,
            label: "exposed to 25 %".to_owned(),
        },
    ];
    let ends = || ("14:00:00".to_owned(), "14:09:30".to_owned());
    view! {
        <div class="halves">
            <Panel title="Watched">
                <WatchedChart title="Error rate of a canary" summary="The error rate: 3 of 8 samples beyond the threshold."
                    unit="%" points threshold=threshold() marks ends=ends() />
            </Panel>
            <Panel title="Watched, without a value">
                <WatchedChart title="Error rate of which nothing is known" summary="The error rate: 8 samples without a value."
                    unit="%" points=silent threshold=threshold() marks=Vec::new() ends=ends() />
            </Panel>
        </div>
    }
    .into_any()
}
