//! How many of those that are needed there are: "1 of 2", with a step for each.

use leptos::prelude::*;

/// More steps than this are not drawn one by one.
const STEPS_DRAWN: usize = 10;

/// "1 of 2"; steps that are given are whole, the others are outlines.
#[component]
pub fn Quorum(
    /// How many there are.
    given: usize,
    /// How many are needed.
    needed: usize,
) -> impl IntoView {
    let steps = (1..=STEPS_DRAWN).contains(&needed).then(|| {
        let steps = (0..needed).map(|step| {
            let on = (step < given).then_some("");
            view! { <span class="quorum-step" data-on=on></span> }
        });
        view! { <span class="quorum-steps" aria-hidden="true">{steps.collect_view()}</span> }
    });
    view! { <p class="quorum">{steps}<strong>{format!("{given} of {needed}")}</strong></p> }
}
