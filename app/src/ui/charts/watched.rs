//! What was measured over time beside the threshold that it is held against: when it was exposed is marked, what is beyond the
//! threshold is a cross, what ran before is dashed, and what was not known is a gap.

use std::fmt::Write;

use leptos::prelude::*;

use super::{
    frame::{ChartData, ChartFrame, Grid, NoChart, VerticalAxis},
    scale::{Axis, BOTTOM, PLOT, TOP, pct, px},
};
use crate::format::decimal;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedPoint {
    /// Its place along the width, in per cent.
    pub at: f64,
    /// When it was taken, as it reads.
    pub time: String,
    /// What was measured; `None` is a gap, never a zero.
    pub value: Option<f64>,
    /// The same of what ran before.
    pub baseline: Option<f64>,
    /// Whether it is on the wrong side of the threshold.
    pub is_beyond: bool,
    /// What it says, or why it says nothing.
    pub says: String,
}

/// What a chart is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Where it stands.
    pub value: f64,
    /// What it means: "rolls back above 1 %".
    pub label: String,
}

/// A moment that is marked across the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its place along the width, in per cent.
    pub at: f64,
    /// Its words: "exposed to 5 %".
    pub label: String,
}

/// A chart of samples.
#[component]
pub fn WatchedChart(
    /// What it is of.
    #[prop(into)]
    title: String,
    /// What it shows, in a sentence.
    #[prop(into)]
    summary: String,
    /// Unit of the values: "%", "s", or empty.
    unit: &'static str,
    /// The samples in the order of time.
    points: Vec<WatchedPoint>,
    /// What they are held against.
    threshold: Threshold,
    /// Moments across it.
    marks: Vec<Mark>,
    /// When it begins and when it ends, under the axis.
    ends: (String, String),
) -> impl IntoView {
    let data = table(&points, unit);
    if points.iter().all(|point| point.value.is_none()) {
        let legend = ().into_any();
        return view! { <ChartFrame title summary=String::new() legend data><NoChart summary /></ChartFrame> }.into_any();
    }
    let values = points.iter().flat_map(|point| [point.value, point.baseline]);
    let axis = Axis::of(values.flatten().chain([threshold.value]));
    let own = path(points.iter().map(|point| (point.at, point.value)), &axis);
    let before = path(points.iter().map(|point| (point.at, point.baseline)), &axis);
    let legend = legend(points.iter().any(|point| point.baseline.is_some()));
    let dots = points
        .iter()
        .filter_map(|point| dot(point, &axis, unit))
        .collect_view();
    let marks = marks.into_iter().map(mark).collect_view();
    let limit = limit(threshold, &axis);
    let (first, last) = ends;
    view! {
        <ChartFrame title=title.clone() summary legend data>
            <div class="chart-plot">
                <VerticalAxis axis=axis.clone() unit />
                <svg class="chart-area" width="100%" height=px(TOP + PLOT + BOTTOM) role="img" aria-label=title>
                    <Grid axis=axis.clone() />
                    {marks}
                    {limit}
                    <svg y=px(TOP) width="100%" height=px(PLOT) viewBox="0 0 1000 160" preserveAspectRatio="none" overflow="visible">
                        <path class="chart-line-2" d=before />
                        <path class="chart-line" d=own />
                    </svg>
                    {dots}
                    <g class="chart-labels" aria-hidden="true">
                        <text class="chart-label" x="0%" y=px(TOP + PLOT + 18.0)>{first}</text>
                        <text class="chart-label" x="100%" y=px(TOP + PLOT + 18.0) text-anchor="end">{last}</text>
                    </g>
                </svg>
            </div>
        </ChartFrame>
    }
    .into_any()
}

/// A line as a path on a field of 1000 × 160; a gap starts a new stroke.
fn path(points: impl Iterator<Item = (f64, Option<f64>)>, axis: &Axis) -> String {
    let (mut path, mut drawing) = (String::new(), false);
    for (at, value) in points {
        if let Some(value) = value {
            let command = if drawing { 'L' } else { 'M' };
            // Writing to a String cannot fail.
            let _ = write!(path, "{command}{} {}", px(at * 10.0), px(axis.y(value)));
        }
        drawing = value.is_some();
    }
    path
}

fn dot(point: &WatchedPoint, axis: &Axis, unit: &str) -> Option<AnyView> {
    let value = point.value?;
    let (x, y) = (pct(point.at), px(TOP + axis.y(value)));
    let words = format!("{}: {}, {}", point.time, quantity(value, unit), point.says);
    let shape = if point.is_beyond {
        view! { <svg x=x.clone() y=y.clone() overflow="visible"><path class="chart-beyond" d="M-4 -4L4 4M4 -4L-4 4" /></svg> }
            .into_any()
    } else {
        view! { <circle class="chart-point" cx=x.clone() cy=y.clone() r="3" /> }.into_any()
    };
    Some(
        view! { <g><title>{words}</title><circle class="chart-hit" cx=x cy=y r="12" />{shape}</g> }
            .into_any(),
    )
}

fn mark(mark: Mark) -> impl IntoView {
    let x = pct(mark.at);
    let (anchor, shift) = if mark.at > 75.0 {
        ("end", "-4")
    } else {
        ("start", "4")
    };
    view! {
        <g>
            <line class="chart-mark" x1=x.clone() x2=x.clone() y1=px(TOP) y2=px(TOP + PLOT) />
            <text class="chart-note" x=x y=px(TOP + PLOT - 6.0) dx=shift text-anchor=anchor>{mark.label}</text>
        </g>
    }
}

fn limit(threshold: Threshold, axis: &Axis) -> impl IntoView + use<> {
    let y = axis.y(threshold.value);
    let line = px(TOP + y);
    // Under the line where there is no room above it.
    let words = px(TOP + if y < 16.0 { y + 14.0 } else { y - 5.0 });
    view! {
        <g>
            <line class="chart-threshold" x1="0" x2="100%" y1=line.clone() y2=line />
            <text class="chart-note" x="100%" y=words text-anchor="end">{threshold.label}</text>
        </g>
    }
}

fn legend(has_baseline: bool) -> AnyView {
    let key = |class: &'static str, name: &'static str| {
        view! {
            <span class="chart-key">
                <svg width="16" height="8" aria-hidden="true"><path class=class d="M0 4h16" /></svg>{name}
            </span>
        }
    };
    let baseline = has_baseline.then(|| key("chart-line-2", "version before"));
    view! { {key("chart-line", "this version")}{baseline}{key("chart-threshold", "threshold")} }.into_any()
}

/// A value with its unit, as exact as thresholds are.
fn quantity(value: f64, unit: &str) -> String {
    format!("{} {unit}", decimal(value, 2)).trim_end().to_owned()
}

fn table(points: &[WatchedPoint], unit: &str) -> ChartData {
    let known =
        |value: Option<f64>| value.map_or_else(|| "no data".to_owned(), |value| quantity(value, unit));
    let rows = points.iter().map(|point| {
        vec![
            point.time.clone(),
            known(point.value),
            known(point.baseline),
            point.says.clone(),
        ]
    });
    ChartData {
        heads: ["Taken", "This version", "Version before", "What it says"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_a_gap_at_its_time() {
        let axis = Axis::of([4.0]);
        let points = [
            (0.0, Some(0.0)),
            (10.0, Some(4.0)),
            (50.0, None),
            (100.0, Some(2.0)),
        ];
        assert_eq!(path(points.into_iter(), &axis), "M0 160L100 0M1000 80");
    }

    #[test]
    fn values_are_as_exact_as_thresholds() {
        assert_eq!(quantity(0.254, "s"), "0.25 s");
        assert_eq!(quantity(1.0, ""), "1");
    }
}
