//! What was decided so far, with what each saw.

use domain::approvals::{ApprovalDetail, Decision, EvidenceCard, FactName, Seen};
use leptos::prelude::*;

use crate::{
    parts::{risk_status, verdict_status},
    ui::{Panel, Prop, Props, StatusMark, Time, TimeStyle},
};

/// The panel of decisions, the first first.
pub(super) fn decisions(detail: &ApprovalDetail) -> impl IntoView + use<> {
    let card = &detail.card;
    let list = detail
        .decisions
        .iter()
        .map(|decision| said(decision, detail.seen.get(&decision.person), card))
        .collect_view();
    let nobody = detail
        .decisions
        .is_empty()
        .then(|| view! { <p class="dim">"Nobody has decided."</p> });
    view! { <Panel title="Decisions" id="decisions">{nobody}<ul class="said">{list}</ul></Panel> }
}

fn said(decision: &Decision, seen: Option<&Seen>, card: &EvidenceCard) -> impl IntoView + use<> {
    let (name, status, at) = (
        decision.name.clone(),
        verdict_status(decision.verdict),
        decision.at,
    );
    let rules = seen
        .map(|seen| seen.rules.join(" and "))
        .filter(|rules| !rules.is_empty())
        .map(|rules| format!(", asked as {rules}"));
    let saw = seen.map(|seen| saw(&seen.card, card));
    let reason = decision
        .reason
        .clone()
        .map(|reason| view! { <p class="said-reason">{reason}</p> });
    view! {
        <li>
            <p><strong>{name}</strong>" "<StatusMark status />" "<Time at />{rules}</p>
            {reason}
            {saw}
        </li>
    }
}

/// The evidence that was before somebody: what stands above, or where it differed, that.
fn saw(seen: &EvidenceCard, card: &EvidenceCard) -> AnyView {
    let as_of = seen.as_of;
    if seen == card {
        return view! { <p class="dim">"Saw the evidence above, as of "<Time at=as_of style=TimeStyle::Exact />"."</p> }.into_any();
    }
    let mut items = vec![Prop::new(
        "Risk",
        view! { <StatusMark status=risk_status(seen.risk) /> },
    )];
    items.extend(FactName::ALL.map(|name| {
        let words = match seen.facts.value(name) {
            Some(value) => value.to_string(),
            None => format!("not known: {}", seen.facts.missing(name).unwrap_or(name.source())),
        };
        Prop::new(name.as_str(), words)
    }));
    view! {
        <details class="said-saw">
            <summary>"Saw other evidence, as of "<Time at=as_of style=TimeStyle::Exact /></summary>
            <Props items wide=true />
        </details>
    }
    .into_any()
}
