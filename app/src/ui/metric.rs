//! Figures: a value with its unit, how sure it is, what it was before.

use leptos::prelude::*;

use super::{Badge, Status};
use crate::format::{Quantity, count};

/// A row of figures that share a border.
#[component]
pub fn MetricStrip(
    /// What they are figures of.
    #[prop(into)]
    label: String,
    children: Children,
) -> impl IntoView {
    view! { <section class="metrics" aria-label=label>{children()}</section> }
}

/// One figure as it was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The value; `None` when there is no data, which is not zero.
    pub value: Option<Quantity>,
    /// How it ranks, when it does.
    pub band: Option<Status>,
    /// How many rows it was made of.
    pub n: Option<u64>,
    /// The figure of the period before.
    pub before: Option<Quantity>,
    /// A remark: "2 corrected", "no band below n 5".
    pub note: Option<String>,
    /// Figures beside it, each with the rows that it was made of: "p90 48 h".
    pub beside: Vec<(String, String)>,
}

/// A figure: its name, value, band, the period before and n. With an address it opens the rows it was made of.
#[component]
pub fn Metric(
    /// Its name.
    #[prop(into)]
    label: String,
    /// What was measured.
    reading: Reading,
    /// The rows it was made of.
    #[prop(optional_no_strip, into)]
    href: Option<String>,
    /// Where it says what the figure means.
    #[prop(optional, into)]
    help: Option<String>,
    /// Whether the page shows this figure's rows now.
    #[prop(optional)]
    current: bool,
) -> impl IntoView {
    let value = match reading.value {
        Some(value) => view! { <span class="metric-value">{parts(value)}</span> }.into_any(),
        None => view! { <span class="metric-value" data-none="">"No data"</span> }.into_any(),
    };
    let facts = [
        reading.before.map(|before| format!("{} before", before.text())),
        reading.n.map(|n| format!("n\u{a0}{}", count(n))),
        reading.note,
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let beside = reading
        .beside
        .into_iter()
        .map(|(words, href)| view! { <a class="metric-beside" href=href>{words}</a> })
        .collect_view();
    let help = help.map(|help| {
        let about = format!("What {label} means");
        view! { <a class="metric-help" href=help title=about.clone() aria-label=about>"?"</a> }
    });
    let name = match href {
        Some(href) => {
            view! { <a class="metric-name" href=href aria-current=current.then_some("true")>{label}</a> }
                .into_any()
        }
        None => view! { <span class="metric-name">{label}</span> }.into_any(),
    };
    view! {
        <div class="metric" data-current=current.then_some("")>
            {name}
            {help}
            {value}
            <span class="metric-facts">{reading.band.map(|status| view! { <Badge status /> })}<span>{facts}</span>{beside}</span>
        </div>
    }
}

/// Each number with its unit set smaller, a space between them for those who copy or hear it.
fn parts(value: Quantity) -> impl IntoView {
    let parts = value
        .parts
        .into_iter()
        .enumerate()
        .map(|(index, (number, unit))| {
            let gap = (index > 0).then_some(" ");
            let unit = (!unit.is_empty()).then(|| view! { " "<span class="metric-unit">{unit}</span> });
            view! { {gap}{number}{unit} }
        });
    parts.collect_view()
}
