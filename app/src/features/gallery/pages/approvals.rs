//! Requests for a decision: where they stand, how far they have come, and the form in both of its states.

use chrono::{DateTime, TimeDelta, Utc};
use domain::approvals::{ApprovalState, Risk, Verdict};
use leptos::prelude::*;

use crate::{
    parts::{approval_status, risk_status, verdict_status},
    paths,
    ui::{Badge, Button, ButtonKind, Panel, Prop, Props, Quorum, StatusMark, TextArea, Time, TimeStyle},
};

/// Every state, risk and count; a form that can be used, one in which only rejecting is open, and one that cannot.
pub fn approvals(now: DateTime<Utc>) -> AnyView {
    let states = ApprovalState::ALL.map(|state| view! { <Badge status=approval_status(state) /> });
    let risks = Risk::ALL.map(|risk| view! { <Badge status=risk_status(risk) /> });
    let said = [Verdict::Approve, Verdict::Reject]
        .map(|verdict| view! { <StatusMark status=verdict_status(verdict) /> });
    let counts = [(0, 1), (1, 2), (3, 3), (4, 12)].map(|(given, needed)| view! { <Quorum given needed /> });
    let deadline = now + TimeDelta::minutes(178);
    let left = vec![
        Prop::new("time left", view! { <Time at=deadline style=TimeStyle::Left /> }),
        Prop::new("and after it", view! { <Time at=now style=TimeStyle::Left /> }),
    ];
    let frozen = "“Weekend” lasts until 2026-11-30 05:00 UTC. Approve it then, or reject it.".to_owned();
    view! {
        <Panel title="Approvals">
            <div class="stack">
                <div class="gallery-row">{states.collect_view()}</div>
                <div class="gallery-row">{risks.collect_view()}{said.collect_view()}</div>
                <div class="gallery-row">{counts.collect_view()}</div>
                <Props items=left />
            </div>
        </Panel>
        <div class="halves">
            {form("Decision, open", ("open-reason", None, None))}
            {form("Decision, frozen", ("frozen-reason", None, Some(frozen)))}
            {form("Decision, of whoever wrote it", (
                "closed-reason",
                Some("This release carries a change of yours; another approver must decide."),
                None,
            ))}
        </div>
    }
    .into_any()
}

fn form(
    title: &'static str,
    (field, why_not, only_reject): (&'static str, Option<&'static str>, Option<String>),
) -> AnyView {
    let cannot = why_not.is_some();
    let why = why_not.map(|why| view! { <p class="decide-why">{why}</p> });
    view! {
        <Panel title>
            <div class="decide">
                {why}
                <form method="get" action=paths::gallery()>
                    <fieldset disabled=cannot>
                        <legend class="sr-only">{title}</legend>
                        <TextArea label="Reason" name=field hint="Rejecting needs one. It is kept with your decision.".to_owned() />
                        <div class="cluster">
                            <Button kind=ButtonKind::Primary disabled_because=only_reject>"Approve"</Button>
                            <Button kind=ButtonKind::Danger>"Reject"</Button>
                        </div>
                    </fieldset>
                </form>
                <p class="decide-then">"Your approval is the last that is needed: the run that GitHub holds goes on."</p>
            </div>
        </Panel>
    }
    .into_any()
}
