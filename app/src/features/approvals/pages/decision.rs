//! How far a request has come, and the form to say yes or no.

use commands::ApprovalStanding;
use domain::approvals::{ApprovalDetail, ApprovalState, Decision, GateKind, Verdict};
use leptos::prelude::*;

use super::glass::late;
use crate::{
    format,
    forms::Sent,
    parts::verdict_status,
    paths,
    ui::{
        Button, ButtonKind, ErrorSummary, Panel, Prop, Props, Quorum, Section, StatusMark, TextArea, Time,
        TimeStyle,
    },
};

/// "1 of 2", who decided so far, by when the others must, and what happens then.
pub(super) fn standing(standing: &ApprovalStanding) -> impl IntoView + use<> {
    let tally = &standing.tally;
    let (given, needed) = (tally.given, tally.needed);
    let missing = (!tally.missing.is_empty()).then(|| {
        let rules = tally.missing.join(" and ");
        view! { <p>{format!("Still asked: {rules}.")}</p> }
    });
    let said = standing.detail.decisions.iter().map(said).collect::<Vec<_>>();
    let said = (!said.is_empty()).then(|| view! { <Props items=said /> });
    let deadline = deadline(&standing.detail);
    let count = if standing.detail.request.needs.asks_nobody() {
        view! { <p>"Nobody has to decide."</p> }.into_any()
    } else {
        view! { <Quorum given needed /> }.into_any()
    };
    view! {
        <Section title="Approvals">
            {count}
            {missing}
            {said}
            {deadline}
        </Section>
    }
}

fn said(decision: &Decision) -> Prop {
    let (name, status, at) = (
        decision.name.clone(),
        verdict_status(decision.verdict),
        decision.at,
    );
    Prop::of(name, view! { <StatusMark status />" "<Time at /> })
}

fn deadline(detail: &ApprovalDetail) -> Option<AnyView> {
    let at = detail.request.deadline;
    let then = if detail.request.needs.asks_nobody() {
        ". A freeze that lasts longer lets it expire, and what waits does not go on."
    } else {
        ". Who has not decided by then is not asked any more: it expires, and what waits does not go on."
    };
    let view = view! {
        <p>
            <Time at style=TimeStyle::Left />" left, until "<Time at style=TimeStyle::Exact />{then}
        </p>
    };
    (detail.request.state == ApprovalState::Pending).then(|| view.into_any())
}

/// The form, with the reason why whoever looks cannot use it; nothing once the request is over.
pub(super) fn decision(standing: &ApprovalStanding, sent: &Sent) -> Option<AnyView> {
    let detail = &standing.detail;
    if detail.request.state != ApprovalState::Pending {
        // What was sent meanwhile is answered all the same.
        return late(&sent.of("decide"), "reason", "It was not taken");
    }
    let why_not = standing.why_not.decide.clone();
    let cannot = why_not.is_some();
    let reason = why_not.map(|why| view! { <p class="decide-why" id="decide-why">{why}</p> });
    let (form, then) = (form(standing, &sent.of("decide")), consequence(standing));
    let view = view! {
        <Panel title="Decision" id="decide">
            <div class="decide" data-key="a" tabindex=cannot.then_some("-1") aria-describedby=cannot.then_some("decide-why")>
                {reason}
                {form}
                <p class="decide-then">{then}</p>
            </div>
        </Panel>
    };
    Some(view.into_any())
}

fn form(standing: &ApprovalStanding, sent: &Sent) -> impl IntoView + use<> {
    let request = &standing.detail.request;
    let cannot = standing.why_not.decide.is_some();
    let only_reject = standing.why_not.approve.clone().filter(|_| !cannot);
    let hint = if request.needs.reason {
        "The policy asks for one. It is kept with your decision."
    } else {
        "Rejecting needs one. It is kept with your decision."
    };
    let (errors, typed, error) = (
        sent.errors.clone(),
        sent.fields.get("reason").to_owned(),
        sent.error("reason"),
    );
    view! {
        <form method="post" action=paths::approval(request.id)>
            <ErrorSummary errors title="It was not taken" />
            <input type="hidden" name="act" value="decide" />
            <input type="hidden" name="binding" value=request.binding.to_string() />
            <fieldset disabled=cannot>
                <legend class="sr-only">"Your decision"</legend>
                <TextArea label="Reason" name="reason" value=typed hint=Some(hint.to_owned()) error />
                <div class="cluster">
                    <Button kind=ButtonKind::Primary name="verdict" value=Verdict::Approve.as_str() disabled_because=only_reject>"Approve"</Button>
                    <Button kind=ButtonKind::Danger name="verdict" value=Verdict::Reject.as_str()>"Reject"</Button>
                </div>
            </fieldset>
        </form>
    }
}

/// What happens when whoever looks says yes or no.
fn consequence(standing: &ApprovalStanding) -> String {
    let detail = &standing.detail;
    let (release, environment) = (detail.summary.release.name(), &detail.summary.environment);
    let then = match detail.gates.as_slice() {
        [] => format!("{release} may go to {environment}"),
        [gate] => format!("{} and takes {release} to {environment}", goes_on(gate.gate.kind)),
        gates => format!(
            "all {} that wait go on and take {release} to {environment}",
            format::count(gates.len() as u64)
        ),
    };
    let approving = if detail.request.needs.asks_nobody() {
        format!("Once the freeze ends, {then}.")
    } else if standing.is_last {
        format!("Your approval is the last that is needed: {then}.")
    } else {
        format!("Once all have approved, {then}.")
    };
    format!(
        "{approving} The first rejection ends the request. Approved is this release to the byte: a change of commit, image, configuration or plan voids it."
    )
}

fn goes_on(kind: GateKind) -> &'static str {
    match kind {
        GateKind::Drive => "the deploy that Fairway drives goes on",
        GateKind::Github => "the run that GitHub holds goes on",
        GateKind::Step => "the step of the workflow goes on",
    }
}
