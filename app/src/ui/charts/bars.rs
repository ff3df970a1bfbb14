//! Bars: counts by week, and the distribution of a figure with its median marked.

use leptos::prelude::*;

use super::{
    frame::{ChartData, ChartFrame, Grid, NoChart, VerticalAxis},
    scale::{Axis, BOTTOM, PLOT, TOP, labelled, pct, px},
};
use crate::format::decimal;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its week, or its range: "4–8 h".
    pub label: String,
    /// Its height; `None` where nothing is known.
    pub value: Option<f64>,
    /// Where it leads.
    pub href: Option<String>,
}

/// A line across the bars: where the median stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Divider {
    /// Place along the width, 0 to 1.
    pub at: f64,
    /// Its words: "median 19 h 42 min".
    pub label: String,
}

const MOST_LABELS: usize = 6;

/// A bar chart.
#[component]
pub fn Bars(
    /// What it is of.
    #[prop(into)]
    title: String,
    /// What it shows, in a sentence.
    #[prop(into)]
    summary: String,
    /// What is counted, for the table and the names of bars: "deploys".
    #[prop(into)]
    counted: String,
    /// Unit of the axis, often empty.
    #[prop(optional)]
    unit: &'static str,
    /// The bars, left to right.
    bars: Vec<Bar>,
    /// Lines across them.
    #[prop(optional)]
    dividers: Vec<Divider>,
) -> impl IntoView {
    if bars.iter().all(|bar| bar.value.unwrap_or_default() <= 0.0) {
        return view! { <NoChart summary /> }.into_any();
    }
    let axis = Axis::of(bars.iter().filter_map(|bar| bar.value));
    let role = if bars.iter().any(|bar| bar.href.is_some()) {
        "group"
    } else {
        "img"
    };
    let data = ChartData {
        heads: vec!["Range".into(), counted.clone()],
        rows: bars
            .iter()
            .map(|bar| vec![bar.label.clone(), number(bar.value, unit)])
            .collect(),
    };
    let slot = 100.0 / f64::from(u32::try_from(bars.len().max(1)).unwrap_or(1));
    let marks = labels(&bars, slot);
    let field = Field {
        slot,
        axis: axis.clone(),
        unit,
        counted,
    };
    let drawn = bars
        .into_iter()
        .enumerate()
        .map(|(index, bar)| field.bar(index, bar))
        .collect_view();
    let across = dividers.into_iter().map(|Divider { at, label }| {
        let x = pct(at.clamp(0.0, 1.0) * 100.0);
        let anchor = if at > 0.7 { "end" } else { "start" };
        let shift = if at > 0.7 { "-6" } else { "6" };
        view! {
            <line class="chart-divider" x1=x.clone() x2=x.clone() y1="0" y2=px(TOP + PLOT) />
            <text class="chart-note" x=x y="10" dx=shift text-anchor=anchor>{label}</text>
        }
    });
    view! {
        <ChartFrame title=title.clone() summary legend=().into_any() data>
            <div class="chart-plot">
                <VerticalAxis axis=axis.clone() unit />
                <svg class="chart-area" width="100%" height=px(TOP + PLOT + BOTTOM) role=role aria-label=title>
                    <Grid axis=axis.clone() />
                    {drawn}
                    {across.collect_view()}
                    <g class="chart-labels" aria-hidden="true">{marks}</g>
                </svg>
            </div>
        </ChartFrame>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few bars")]
fn place(index: usize, slot: f64) -> f64 {
    index as f64 * slot
}

fn number(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || "no data".into(),
        |value| format!("{} {unit}", decimal(value, 1)).trim_end().to_owned(),
    )
}

/// What all bars of a chart share.
struct Field {
    /// Width of a bar with its gaps, in per cent.
    slot: f64,
    axis: Axis,
    unit: &'static str,
    counted: String,
}

impl Field {
    fn bar(&self, index: usize, bar: Bar) -> AnyView {
        let words = format!("{}: {} {}", bar.label, number(bar.value, self.unit), self.counted);
        let (x, y) = (
            place(index, self.slot),
            self.axis.y(bar.value.unwrap_or_default()),
        );
        let gap = self.slot * 0.14;
        let body = view! {
            <rect class="chart-hit" x=pct(x) y=px(TOP) width=pct(self.slot) height=px(PLOT) />
            <rect class="chart-bar" x=pct(x + gap) y=px(TOP + y) width=pct(self.slot - 2.0 * gap) height=px(PLOT - y) rx="2" />
        };
        match bar.href {
            Some(href) => {
                let title = words.clone();
                view! { <a href=href aria-label=words><title>{title}</title>{body}</a> }.into_any()
            }
            None => view! { <g><title>{words}</title>{body}</g> }.into_any(),
        }
    }
}

fn labels(bars: &[Bar], slot: f64) -> AnyView {
    let texts = labelled(bars.len(), MOST_LABELS).filter_map(|index| {
        let text = bars.get(index)?.label.clone();
        let x = pct(place(index, slot) + slot / 2.0);
        Some(view! { <text class="chart-label" x=x y=px(TOP + PLOT + 18.0) text-anchor="middle">{text}</text> })
    });
    texts.collect_view().into_any()
}
