//! What every chart has around its plot: the vertical axis, the caption, the table behind it.

use leptos::prelude::*;

use super::scale::{Axis, BOTTOM, PLOT, TOP, px};
use crate::ui::Empty;

/// Ticks with their unit, left of the plot.
#[component]
pub fn VerticalAxis(axis: Axis, unit: &'static str) -> impl IntoView {
    let labels = axis.ticks.iter().map(|tick| {
        let y = px(TOP + axis.y(*tick) + 4.0);
        view! { <text class="chart-label" x="44" y=y text-anchor="end">{axis.text(*tick, unit)}</text> }
    });
    view! {
        <svg class="chart-axis" width="52" height=px(TOP + PLOT + BOTTOM) aria-hidden="true">{labels.collect_view()}</svg>
    }
}

/// Hairlines across the plot, one for each tick.
#[component]
pub fn Grid(axis: Axis) -> impl IntoView {
    let lines = axis.ticks.iter().map(|tick| {
        let y = px(TOP + axis.y(*tick));
        let base = (*tick == 0.0).then_some("");
        view! { <line class="chart-grid" data-base=base x1="0" x2="100%" y1=y.clone() y2=y /> }
    });
    lines.collect_view()
}

/// The rows of the table behind a chart: heads, and cells as they read.
pub struct ChartData {
    /// Heads; the first names the rows.
    pub heads: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

/// A chart with its sentence and its table.
#[component]
pub fn ChartFrame(
    /// What the chart is of.
    title: String,
    /// What it shows, in a sentence.
    summary: String,
    /// Key of the lines or bars, drawn left of the sentence.
    legend: AnyView,
    /// The numbers behind it.
    data: ChartData,
    children: Children,
) -> impl IntoView {
    let heads = data
        .heads
        .into_iter()
        .map(|head| view! { <th scope="col">{head}</th> })
        .collect_view();
    let rows = data.rows.into_iter().map(|row| {
        let mut cells = row.into_iter();
        let name = cells.next().unwrap_or_default();
        view! { <tr><th scope="row">{name}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
    });
    view! {
        <figure class="chart">
            {children()}
            <figcaption class="chart-caption">{legend}<span>{summary}</span></figcaption>
            <details class="chart-data">
                <summary>"Show as table"</summary>
                <table>
                    <caption class="sr-only">{title}</caption>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// What stands in the place of a chart without a single value: words instead of an axis of nothing.
#[component]
pub fn NoChart(
    /// What it would show, in a sentence that says that there is nothing.
    summary: String,
) -> impl IntoView {
    view! { <Empty title="Nothing to draw yet">{summary}</Empty> }
}
