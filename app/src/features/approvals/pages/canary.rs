//! What canaries of the same release found, step by step, as it was stored.

use domain::{
    approvals::{CanarySeen, CanaryStep, EvidenceCard},
    verify::VerdictKind,
};
use leptos::prelude::*;

use crate::{
    parts::deploy_status,
    paths,
    ui::{Status, StatusMark},
};

/// How a canary went in a word, and where.
pub(super) fn canary_words(seen: &CanarySeen) -> (Status, String) {
    let status = match seen.went_well() {
        Some(true) => Status::ok("passed"),
        Some(false) => Status::danger("failed"),
        None => Status::warn("not finished, or too little known"),
    };
    let weights: Vec<String> = seen
        .steps
        .iter()
        .map(|step| format!("{} %", step.weight))
        .collect();
    (
        status,
        format!("in {}, at {}", seen.environment, weights.join(", ")),
    )
}

/// Each canary with what was found at its steps; nothing of a release that ran none.
pub(super) fn canaries(card: &EvidenceCard) -> Option<AnyView> {
    if card.canaries.is_empty() {
        return None;
    }
    let items = card.canaries.iter().cloned().map(canary).collect_view();
    Some(view! { <ul class="items evidence-incidents">{items}</ul> }.into_any())
}

fn canary(seen: CanarySeen) -> impl IntoView {
    let href = paths::deploy(seen.deploy);
    let name = format!("Canary in {}", seen.environment);
    let status = deploy_status(seen.state);
    let steps = seen.steps.into_iter().map(step).collect_view();
    view! {
        <li>
            <p><a class="item-name" href=href>{name}</a>" "<StatusMark status /></p>
            {steps}
        </li>
    }
}

/// "25 %: fail. The error rate was 4.00 %, above 1.00 %. …"
fn step(step: CanaryStep) -> impl IntoView {
    let verdict = match step.verdict {
        VerdictKind::Pass => "pass",
        VerdictKind::Fail => "fail",
        VerdictKind::Insufficient => "too little known",
    };
    let mut sentences = vec![format!("{} %: {verdict}", step.weight)];
    sentences.extend(step.why);
    if step.extremes.is_empty() {
        sentences.push("No samples were kept".to_owned());
    }
    sentences.extend(step.extremes.iter().map(ToString::to_string));
    let words = format!("{}.", sentences.join(". "));
    view! { <p class="item-note">{words}</p> }
}
