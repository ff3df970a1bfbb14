//! The lists of a policy's form. Each ends with a blank row; what is left blank does not count, and "More rows" brings another.

use std::iter;

use domain::approvals::FactName;
use leptos::prelude::*;

use super::super::{
    draft::Draft,
    draft_parts::{AutomaticDraft, FreezeDraft, RuleDraft},
};
use crate::{
    forms::Sent,
    ui::{Checkbox, Choice, Select, TextArea, TextField},
};

/// Days as documents and as people write them.
const DAYS: [(&str, &str); 7] = [
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
];

/// What follows by itself, as documents write it and in words.
const THEN: [(&str, &str); 3] = [
    ("approve", "nobody is asked"),
    ("require", "more approvals are needed"),
    ("refuse", "it is refused"),
];

/// One list, open where something stands in it.
fn list(title: &'static str, about: &'static str, (rows, is_open): (Vec<AnyView>, bool)) -> AnyView {
    view! {
        <details class="policy-part" open=is_open>
            <summary>{title}</summary>
            <p class="field-hint">{about}</p>
            {rows}
        </details>
    }
    .into_any()
}

fn is_open(sent: &Sent, rows: usize) -> bool {
    rows > 0 || sent.fields.get("act") == "more"
}

/// Who may approve.
pub(super) fn rule_rows(draft: &Draft, sent: &Sent) -> AnyView {
    let all = draft
        .rules
        .iter()
        .cloned()
        .chain(iter::once(RuleDraft::default()));
    let rows = all
        .enumerate()
        .map(|(row, rule)| rule_row(row, rule, sent))
        .collect();
    list(
        "Who may approve",
        "Whoever one of the rules names. Without a rule, every approver of the service.",
        (rows, is_open(sent, draft.rules.len())),
    )
}

fn rule_row(row: usize, rule: RuleDraft, sent: &Sent) -> AnyView {
    let field = |name: &str| format!("spec.rules[{row}].{name}");
    let error = |name: &str| sent.error(&field(name));
    let hint = "A line for each: role approver, team payments, user lena@example.com.".to_owned();
    view! {
        <fieldset class="policy-row">
            <legend>{format!("Rule {}", row + 1)}</legend>
            <TextField label="Name" name=field("name") value=rule.name autocomplete="off" error=error("name") />
            <TextArea label="Any of these" name=field("anyOf") value=rule.any_of hint=Some(hint) error=error("anyOf") />
            <Checkbox label="Some must be from here" name=field("required") checked=rule.required />
            <TextField label="How many of them" name=field("approvals") value=rule.approvals autocomplete="off"
                error=error("approvals") />
        </fieldset>
    }
    .into_any()
}

/// When nothing is deployed.
pub(super) fn freeze_rows(draft: &Draft, sent: &Sent) -> AnyView {
    let blank = FreezeDraft {
        zone: "UTC".to_owned(),
        ..FreezeDraft::default()
    };
    let all = draft.freezes.iter().cloned().chain(iter::once(blank));
    let rows = all
        .enumerate()
        .map(|(row, freeze)| freeze_row(row, freeze, sent))
        .collect();
    list(
        "Freezes",
        "Times in which nothing is deployed, in the clock of a place. The first moment belongs to it, the last does not.",
        (rows, is_open(sent, draft.freezes.len())),
    )
}

fn freeze_row(row: usize, freeze: FreezeDraft, sent: &Sent) -> AnyView {
    let field = |name: &str| format!("spec.freezes[{row}].{name}");
    let error = |name: &str| sent.error(&field(name));
    let days = DAYS.map(|(value, label)| {
        let checked = freeze.days.iter().any(|day| day == value);
        view! { <Checkbox label name=field("days") value checked /> }
    });
    let hint = "Once as 2026-12-24T18:00; with days, a time of the day as 18:00.".to_owned();
    view! {
        <fieldset class="policy-row">
            <legend>{format!("Freeze {}", row + 1)}</legend>
            <TextField label="Name" name=field("name") value=freeze.name autocomplete="off" error=error("name") />
            <TextField label="Time zone" name=field("timeZone") value=freeze.zone autocomplete="off" error=error("timeZone") />
            <fieldset class="narrowing">
                <legend>"Every week on these days (none ticked: once)"</legend>
                {days.collect_view()}
            </fieldset>
            <TextField label="From" name=field("from") value=freeze.from autocomplete="off" hint=Some(hint) error=error("from") />
            <TextField label="To" name=field("to") value=freeze.to autocomplete="off" error=error("to") />
        </fieldset>
    }
    .into_any()
}

/// What follows from facts alone.
pub(super) fn automatic_rows(draft: &Draft, sent: &Sent) -> AnyView {
    let all = draft.automatic.iter().cloned();
    let all = all.chain(iter::once(AutomaticDraft::default()));
    let rows = all
        .enumerate()
        .map(|(row, one)| automatic_row(row, one, sent))
        .collect();
    list(
        "Automatic conditions",
        "What follows from facts alone. A fact that nobody knows satisfies no condition.",
        (rows, is_open(sent, draft.automatic.len())),
    )
}

fn automatic_row(row: usize, automatic: AutomaticDraft, sent: &Sent) -> AnyView {
    let field = |name: &str| format!("spec.automatic[{row}].{name}");
    let error = |name: &str| sent.error(&field(name));
    let choices = THEN.map(|(value, label)| Choice::new(value, label)).to_vec();
    let facts = FactName::ALL.map(FactName::as_str).join(", ");
    let hint = format!(
        "A line for each: a fact, one of is, isNot, above, atLeast, below or atMost, and a value, such as errorBudgetLeft above 0.5. \
         The facts: {facts}."
    );
    view! {
        <fieldset class="policy-row">
            <legend>{format!("Condition {}", row + 1)}</legend>
            <TextArea label="Where all of these hold" name=field("when") value=automatic.when hint=Some(hint) error=error("when") />
            <Select label="Then" name=field("then") choices selected=automatic.then error=error("then") />
            <TextField label="At least so many approvals" name=field("minApprovals") value=automatic.approvals autocomplete="off" />
            <Checkbox label="Each with a reason" name=field("reason") checked=automatic.reason />
        </fieldset>
    }
    .into_any()
}
