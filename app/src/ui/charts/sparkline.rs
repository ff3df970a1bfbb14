//! A line the size of a word, for table cells and figures.

use leptos::prelude::*;

use super::scale::{Axis, PLOT, along, px};

/// A tiny line without axes; its words say what it shows.
#[component]
pub fn Sparkline(
    /// What it shows: "12 weeks, falling from 26 h to 19 h".
    #[prop(into)]
    label: String,
    /// Its values; `None` is a gap.
    values: Vec<Option<f64>>,
) -> impl IntoView {
    if values.iter().all(Option::is_none) {
        return view! { <span class="unknown">"no data"</span> }.into_any();
    }
    let axis = Axis::of(values.iter().flatten().copied());
    let mut path = String::new();
    let mut drawing = false;
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            path.push(if drawing { 'L' } else { 'M' });
            path.push_str(&px(2.0 + along(index, values.len()) * 0.76));
            path.push(' ');
            path.push_str(&px(2.0 + axis.y(*value) / PLOT * 16.0));
        }
        drawing = value.is_some();
    }
    view! {
        <svg class="sparkline" width="80" height="20" role="img" aria-label=label><path class="chart-line" d=path /></svg>
    }
    .into_any()
}
