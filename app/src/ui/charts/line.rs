//! Lines over time: the first series solid with points that lead to their rows, the others dashed.

use std::fmt::Write;

use leptos::prelude::*;

use super::{
    frame::{ChartData, ChartFrame, Grid, NoChart, VerticalAxis},
    scale::{Axis, BOTTOM, PLOT, TOP, along, labelled, pct, px},
};
use crate::format::in_unit;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name: "median".
    pub name: String,
    /// Its values, one for each label; `None` is a gap, never a zero.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// A named line.
    pub fn new(name: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        Self {
            name: name.into(),
            values,
        }
    }
}

/// At most this many labels under a chart; where it is narrow, the style leaves out every second.
const MOST_LABELS: usize = 5;

/// A line chart.
#[component]
pub fn LineChart(
    /// What it is of.
    #[prop(into)]
    title: String,
    /// What it shows, in a sentence.
    #[prop(into)]
    summary: String,
    /// Unit of the values: "h", "%", or empty.
    unit: &'static str,
    /// Names of the points along the width: the weeks.
    labels: Vec<String>,
    /// The lines; the first is the main one.
    series: Vec<Series>,
    /// Where each point of the main line leads; empty for none.
    #[prop(optional)]
    hrefs: Vec<Option<String>>,
) -> impl IntoView {
    if series.iter().all(|line| line.values.iter().all(Option::is_none)) {
        return view! { <NoChart summary /> }.into_any();
    }
    let axis = Axis::of(
        series
            .iter()
            .flat_map(|line| line.values.iter().flatten().copied()),
    );
    let role = if hrefs.iter().any(Option::is_some) {
        "group"
    } else {
        "img"
    };
    let count = labels.len();
    let lines = series.iter().enumerate().map(|(index, line)| {
        let class = if index == 0 { "chart-line" } else { "chart-line-2" };
        view! { <path class=class d=path(&line.values, &axis) /> }
    });
    let lines = lines.collect_view();
    let points = points(&labels, &series, &hrefs, &axis, unit);
    let marks = labelled(count, MOST_LABELS).filter_map(|index| {
        let x = along(index, count);
        let anchor = if x < 2.0 { "start" } else if x > 98.0 { "end" } else { "middle" };
        let text = labels.get(index)?.clone();
        Some(view! { <text class="chart-label" x=pct(x) y=px(TOP + PLOT + 18.0) text-anchor=anchor>{text}</text> })
    });
    let marks = marks.collect_view();
    let data = table(&labels, &series, unit);
    view! {
        <ChartFrame title=title.clone() summary legend=legend(&series) data>
            <div class="chart-plot">
                <VerticalAxis axis=axis.clone() unit />
                <svg class="chart-area" width="100%" height=px(TOP + PLOT + BOTTOM) role=role aria-label=title>
                    <Grid axis=axis.clone() />
                    <svg y=px(TOP) width="100%" height=px(PLOT) viewBox="0 0 1000 160" preserveAspectRatio="none" overflow="visible">
                        {lines}
                    </svg>
                    {points}
                    <g class="chart-labels" aria-hidden="true">{marks}</g>
                </svg>
            </div>
        </ChartFrame>
    }
    .into_any()
}

/// The line as a path on a field of 1000 × 160; a gap starts a new stroke.
fn path(values: &[Option<f64>], axis: &Axis) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let command = if drawing { 'L' } else { 'M' };
            // Writing to a String cannot fail.
            let _ = write!(
                path,
                "{command}{} {}",
                px(along(index, values.len()) * 10.0),
                px(axis.y(*value))
            );
        }
        drawing = value.is_some();
    }
    path
}

fn points(
    labels: &[String],
    series: &[Series],
    hrefs: &[Option<String>],
    axis: &Axis,
    unit: &str,
) -> AnyView {
    let Some(main) = series.first() else {
        return ().into_any();
    };
    let points = main.values.iter().enumerate().filter_map(|(index, value)| {
        let (x, y) = (pct(along(index, main.values.len())), px(TOP + axis.y((*value)?)));
        let words = words(index, labels, series, unit);
        let dot = view! {
            <circle class="chart-hit" cx=x.clone() cy=y.clone() r="12" />
            <circle class="chart-point" cx=x cy=y r="3" />
        };
        Some(match hrefs.get(index).cloned().flatten() {
            Some(href) => {
                let title = words.clone();
                view! { <a href=href aria-label=words><title>{title}</title>{dot}</a> }.into_any()
            }
            None => view! { <g><title>{words}</title>{dot}</g> }.into_any(),
        })
    });
    points.collect_view().into_any()
}

/// "20 Oct: median 19 h 42 min, p90 1 d 17 h"
fn words(index: usize, labels: &[String], series: &[Series], unit: &str) -> String {
    let values = series.iter().filter_map(|line| {
        let value = line.values.get(index).copied().flatten()?;
        Some(format!("{} {}", line.name, in_unit(value, unit)))
    });
    let label = labels.get(index).map_or("", String::as_str);
    format!("{label}: {}", values.collect::<Vec<_>>().join(", "))
}

fn legend(series: &[Series]) -> AnyView {
    if series.len() < 2 {
        return ().into_any();
    }
    let keys = series.iter().enumerate().map(|(index, line)| {
        let class = if index == 0 { "chart-line" } else { "chart-line-2" };
        view! {
            <span class="chart-key">
                <svg width="16" height="8" aria-hidden="true"><path class=class d="M0 4h16" /></svg>{line.name.clone()}
            </span>
        }
    });
    keys.collect_view().into_any()
}

fn table(labels: &[String], series: &[Series], unit: &str) -> ChartData {
    let heads = std::iter::once("Period".to_owned())
        .chain(series.iter().map(|line| line.name.clone()))
        .collect();
    let rows = labels.iter().enumerate().map(|(index, label)| {
        let cells = series
            .iter()
            .map(|line| match line.values.get(index).copied().flatten() {
                Some(value) => in_unit(value, unit),
                None => "no data".to_owned(),
            });
        std::iter::once(label.clone()).chain(cells).collect()
    });
    ChartData {
        heads,
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_start_a_new_stroke() {
        let axis = Axis::of([4.0]);
        let drawn = path(&[Some(0.0), Some(4.0), None, Some(2.0)], &axis);
        assert_eq!(drawn, "M0 160L333.3 0M1000 80");
    }
}
