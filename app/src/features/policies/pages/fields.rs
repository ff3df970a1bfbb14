//! The form of a policy, which works without a script: what it is about, what it asks for, and the rows of its lists.

use domain::{approvals::Risk, catalog::Tier, environments::EnvironmentClass};
use leptos::prelude::*;

use super::{
    super::draft::Draft,
    rows::{automatic_rows, freeze_rows, rule_rows},
};
use crate::{
    forms::Sent,
    parts::class_words,
    ui::{Button, ButtonKind, Checkbox, Choice, Panel, Select, TextField},
};

/// How far back a policy can be tried out.
const DAYS: [&str; 3] = ["30", "90", "365"];
/// How far back it is unless somebody chooses.
pub(super) const USUAL_DAYS: u16 = 90;

/// What a form is about.
pub(super) struct Target {
    /// The page's address, which the form is sent to.
    pub action: String,
    /// The version that was read; `None` of a new policy.
    pub version: Option<i32>,
    /// Why it cannot be written, in a sentence.
    pub why_not: Option<String>,
}

/// The form.
pub(super) fn form(draft: &Draft, sent: &Sent, target: &Target) -> impl IntoView + use<> {
    let (action, version) = (target.action.clone(), target.version);
    let is_closed = target.why_not.is_some();
    let what = (about(draft, sent), applies(draft), asks(draft, sent));
    let lists = (
        rule_rows(draft, sent),
        freeze_rows(draft, sent),
        automatic_rows(draft, sent),
    );
    let act = buttons("", sent, target.why_not.clone());
    view! {
        <Panel title="Policy" id="policy">
            <form class="policy-form" method="post" action=action aria-label="Policy">
                {version.map(|version| view! { <input type="hidden" name="version" value=version.to_string() /> })}
                <fieldset class="policy-fields" disabled=is_closed>
                    <legend class="sr-only">"Policy"</legend>
                    {what}
                    {lists}
                </fieldset>
                {act}
            </form>
        </Panel>
    }
}

/// The buttons of either form; `of` says which.
pub(super) fn buttons(of: &'static str, sent: &Sent, why_not: Option<String>) -> AnyView {
    let chosen = Some(sent.fields.get("days")).filter(|days| !days.is_empty());
    let chosen = chosen.map_or_else(|| USUAL_DAYS.to_string(), ToOwned::to_owned);
    let choices = DAYS
        .map(|days| Choice::new(days, format!("{days} days")))
        .to_vec();
    let more = of
        .is_empty()
        .then(|| view! { <Button kind=ButtonKind::Quiet name="act" value="more">"More rows"</Button> });
    // Two forms stand on the page; the choice is made in the first one.
    let days = if of.is_empty() {
        view! { <Select label="Try it on the last" name="days" choices selected=chosen /> }.into_any()
    } else {
        view! { <input type="hidden" name="days" value=chosen /> }.into_any()
    };
    view! {
        <div class="policy-act">
            {days}
            <Button name="act" value=format!("try{of}") disabled_because=why_not.clone()>"Try it out"</Button>
            <Button kind=ButtonKind::Primary name="act" value=format!("save{of}") disabled_because=why_not>"Save"</Button>
            {more}
        </div>
    }
    .into_any()
}

fn about(draft: &Draft, sent: &Sent) -> AnyView {
    let (name, description, position) = (
        draft.name.clone(),
        draft.description.clone(),
        draft.position.clone(),
    );
    let hint = "Of the policies that fit, the one with the smallest number decides.".to_owned();
    view! {
        <TextField label="Name" name="metadata.name" value=name autocomplete="off" error=sent.error("metadata.name") />
        <TextField label="What it is for (may be left out)" name="metadata.description" value=description autocomplete="off"
            error=sent.error("metadata.description") />
        <TextField label="Place among the others" name="position" value=position autocomplete="off" hint=Some(hint)
            error=sent.error("position") />
    }
    .into_any()
}

fn applies(draft: &Draft) -> AnyView {
    let tiers = Tier::ALL.map(|tier| {
        let value = tier.to_string();
        let checked = draft.tiers.contains(&value);
        view! { <Checkbox label=format!("Tier {tier}") name="spec.match.tiers" value checked /> }
    });
    let classes = EnvironmentClass::ALL.map(|class| {
        let checked = draft.classes.iter().any(|known| known == class.as_str());
        view! { <Checkbox label=class_words(class) name="spec.match.environments" value=class.as_str() checked /> }
    });
    let risks = Risk::ALL.map(|risk| {
        let checked = draft.risks.iter().any(|known| known == risk.as_str());
        view! { <Checkbox label=risk.as_str() name="spec.match.risks" value=risk.as_str() checked /> }
    });
    view! {
        <fieldset class="narrowing">
            <legend>"Services of these tiers (none ticked: all)"</legend>
            {tiers.collect_view()}
        </fieldset>
        <fieldset class="narrowing">
            <legend>"Environments of these classes (none ticked: all)"</legend>
            {classes.collect_view()}
        </fieldset>
        <fieldset class="narrowing">
            <legend>"Releases of this risk (none ticked: all)"</legend>
            {risks.collect_view()}
        </fieldset>
        <p class="field-hint">
            "The risk is low for up to five known changes over a release that can be gone back to, medium up to fifty, and high beyond \
             or where that is not known."
        </p>
    }
    .into_any()
}

fn asks(draft: &Draft, sent: &Sent) -> AnyView {
    let (approvals, expires) = (draft.approvals.clone(), draft.expires_in.clone());
    view! {
        <TextField label="Approvals" name="spec.minApprovals" value=approvals autocomplete="off"
            hint=Some("How many people must approve; with 0 nobody is asked.".to_owned())
            error=sent.error("spec.minApprovals") />
        <Checkbox label="Not from authors of its commits, nor from who asked (who never may)" name="spec.exclude" value="commitAuthors"
            checked=draft.excludes_authors />
        <TextField label="Expires after" name="spec.expiresIn" value=expires autocomplete="off"
            hint=Some("From 5m to 90d, such as 90m, 24h or 3d.".to_owned()) error=sent.error("spec.expiresIn") />
        <Checkbox label="A person confirms what was watched and is green" name="spec.confirm" checked=draft.confirm />
    }
    .into_any()
}
