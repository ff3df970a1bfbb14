//! What people said about a deploy, and the form to say more.

use domain::deploys::{
    DeployKind,
    corrections::Correction,
    read::{DeployDetail, DeploySummary},
};
use leptos::prelude::*;

use crate::{
    forms::Sent,
    parts::kind_words,
    paths,
    ui::{Button, ButtonKind, Choice, ErrorSummary, Panel, Select, TextArea, TextField, Time, Timed},
};

/// The panel of corrections; with the reason why whoever looks may not make any.
pub fn corrections(detail: &DeployDetail, sent: Sent, why_not: Option<String>) -> impl IntoView + use<> {
    let list = detail.corrections.clone();
    let action = paths::deploy(detail.summary.id);
    let undo = action.clone();
    let form = form(&detail.summary, action, &sent, why_not.clone());
    view! {
        <Panel title="Corrections" id="corrections">
            <ErrorSummary errors=sent.errors />
            {(!list.is_empty()).then(|| view! {
                <ul class="corrections">{list.into_iter().map(|correction| said(correction, undo.clone(), why_not.clone())).collect_view()}</ul>
            })}
            {form}
        </Panel>
    }
}

fn said(correction: Correction, action: String, why_not: Option<String>) -> impl IntoView {
    let (id, at) = (correction.id.to_string(), correction.made_at);
    let sentence = correction.statement.sentence();
    let label = format!("Why take back “{sentence}”?");
    let after = match correction.undone {
        Some((who, when)) => view! { <p class="dim">"Taken back by "{who}" "<Time at=when /></p> }.into_any(),
        None => view! {
            <details class="undo">
                <summary>"Take it back"</summary>
                <form method="post" action=action>
                    <input type="hidden" name="undo" value=id.clone() />
                    <label for=format!("undo-{id}")>{label}</label>
                    <input class="control" id=format!("undo-{id}") name="undo_reason" required=true minlength="3" maxlength="2000" />
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"Take it back"</Button>
                </form>
            </details>
        }
        .into_any(),
    };
    view! {
        <li>
            <p><strong><Timed text=sentence /></strong>" by "{correction.made_by}" "<Time at=at /></p>
            <p class="correction-reason">{correction.reason}</p>
            {after}
        </li>
    }
}

fn form(
    deploy: &DeploySummary,
    action: String,
    sent: &Sent,
    why_not: Option<String>,
) -> impl IntoView + use<> {
    let choices = vec![
        Choice::new("kind", "It is of another kind"),
        Choice::new("exclude", "Count it nowhere"),
        Choice::new("planned", "This rollback was planned"),
        Choice::new("exposed", "Users saw it from a time on, or never"),
        Choice::new("fixes", "It fixes another deploy"),
        Choice::new("failed", "It failed, or it did not"),
    ];
    let kinds = DeployKind::STATED.map(kind_words).join(", ");
    let hint = format!(
        "A kind ({kinds}); for exposure a time such as {} or never; the id of the deploy that it fixes; true or false for \
         failed. The others need none.",
        deploy.requested_at.format("%Y-%m-%dT%H:%M:%SZ")
    );
    let (field, value, reason) = (
        sent.fields.get("field").to_owned(),
        sent.fields.get("value").to_owned(),
        sent.fields.get("reason").to_owned(),
    );
    let (field_error, value_error, reason_error) =
        (sent.error("field"), sent.error("value"), sent.error("reason"));
    let open = !sent.errors.is_empty();
    view! {
        <details class="correct" open=open>
            <summary>"Correct this deploy"</summary>
            <form method="post" action=action>
                <Select label="What is different" name="field" choices selected=field error=field_error />
                <TextField label="Value" name="value" value hint=Some(hint) error=value_error />
                <TextArea label="Reason" name="reason" value=reason required=true
                    hint=Some("It stands in the audit trail, and every figure that contains it says so.".to_owned()) error=reason_error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Correct"</Button>
            </form>
        </details>
    }
}
