//! One bar cut into stages: where the time goes.

use leptos::prelude::*;

use super::{frame::NoChart, scale::pct};
use crate::format::percent;

/// One stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name: "Review".
    pub name: String,
    /// Its length, in any unit that all stages share; `None` when it is not known.
    pub length: Option<f64>,
    /// Its length in words: "5 h 6 min".
    pub text: String,
}

/// A bar of up to five stages with their names, lengths and shares under it, in the same order.
#[component]
pub fn StageBar(
    /// What it is of.
    #[prop(into)]
    title: String,
    /// The stages in their order.
    stages: Vec<Stage>,
) -> impl IntoView {
    let total: f64 = stages.iter().filter_map(|stage| stage.length).sum();
    if total <= 0.0 {
        let summary = format!("{title}: none of them has a length yet.");
        return view! { <NoChart summary /> }.into_any();
    }
    let share = |stage: &Stage| stage.length.unwrap_or_default() / total;
    let words = stages
        .iter()
        .map(|stage| format!("{} {}", stage.name, stage.text))
        .collect::<Vec<_>>()
        .join(", ");
    let mut x = 0.0;
    let rects = stages
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            let (from, width) = (x, share(stage) * 100.0);
            x += width;
            let title = format!("{} {}", stage.name, stage.text);
            view! {
                <rect class=fill(index) x=pct(from) y="0" width=pct(width) height="20">
                    <title>{title}</title>
                </rect>
                {(index > 0).then(|| view! { <line class="stage-cut" x1=pct(from) x2=pct(from) y1="0" y2="20" /> })}
            }
        })
        .collect_view();
    let keys = stages.iter().enumerate().map(|(index, stage)| {
        let part = stage.length.map(|length| percent(length / total).text());
        view! {
            <div class="stage-key">
                <dt><svg width="8" height="8" aria-hidden="true"><rect class=fill(index) width="8" height="8" rx="2" /></svg>{stage.name.clone()}</dt>
                <dd><span class="stage-length">{stage.text.clone()}</span><span class="stage-share">{part}</span></dd>
            </div>
        }
    });
    view! {
        <figure class="stages">
            <svg class="stage-bar" width="100%" height="20" role="img" aria-label=format!("{title}: {words}")>{rects}</svg>
            <dl class="stage-keys">{keys.collect_view()}</dl>
        </figure>
    }
    .into_any()
}

fn fill(index: usize) -> &'static str {
    match index % 5 {
        0 => "chart-fill-1",
        1 => "chart-fill-2",
        2 => "chart-fill-3",
        3 => "chart-fill-4",
        _ => "chart-fill-5",
    }
}
