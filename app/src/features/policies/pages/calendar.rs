//! Freezes as a calendar: what holds now and what comes, of every policy that is looked at.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Occurrence, Span, StoredPolicy, is_shadowed},
    ids::PolicyId,
};
use leptos::prelude::*;

use crate::{
    paths,
    ui::{Column, Empty, Panel, Row, Status, StatusMark, Table, Time, TimeStyle},
};

/// Of a freeze that comes every week, so many are listed.
const OF_A_WEEKLY: usize = 3;
/// As many as somebody reads.
const LISTED: usize = 50;

/// A freeze when it holds.
struct Entry {
    name: String,
    /// As its policy says it, in the clock of its place.
    words: String,
    when: Occurrence,
    policy: (PolicyId, String),
}

fn entries(policies: &[StoredPolicy], now: DateTime<Utc>) -> Vec<Entry> {
    let looked_at = policies.iter().filter(|stored| !is_shadowed(policies, stored));
    let mut all: Vec<Entry> = looked_at
        .flat_map(|stored| stored.policy.freezes.iter().map(move |freeze| (stored, freeze)))
        .flat_map(|(stored, freeze)| {
            let most = match freeze.span {
                Span::Once { .. } => 1,
                Span::Weekly { .. } => OF_A_WEEKLY,
            };
            freeze.upcoming(now, most).into_iter().map(move |when| Entry {
                name: freeze.name.clone(),
                words: freeze.to_string(),
                when,
                policy: (stored.id, stored.policy.name.clone()),
            })
        })
        .collect();
    all.sort_by_key(|entry| (entry.when.from, entry.when.to));
    all.truncate(LISTED);
    all
}

/// The list of freezes.
pub(super) fn panel(policies: &[StoredPolicy], now: DateTime<Utc>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Freeze"),
        Column::new("From").dim(),
        Column::new("To").dim(),
        Column::new("Written as").grows().dim().wide_only(),
        Column::new("Policy").wide_only(),
        Column::new("Now").wide_only(),
    ];
    let rows = entries(policies, now)
        .into_iter()
        .map(|entry| row(entry, now))
        .collect();
    view! {
        <Panel title="Freezes" id="freezes" flush=true>
            <Table caption="Freezes" columns rows empty=|| view! {
                <Empty title="Nothing is frozen">"A policy says when nothing is deployed: once, or every week."</Empty>
            } />
        </Panel>
    }
}

fn row(entry: Entry, now: DateTime<Utc>) -> Row {
    let Entry {
        name,
        words,
        when,
        policy: (id, policy),
    } = entry;
    let status = if when.holds_at(now) {
        Status::live("holds")
    } else {
        Status::idle("to come")
    };
    Row::new(name)
        .cell(view! { <Time at=when.from style=TimeStyle::Exact /> })
        .cell(view! { <Time at=when.to style=TimeStyle::Exact /> })
        .cell(view! { <span class="policy-words">{words}</span> })
        .cell(view! { <a href=paths::admin_policy(id)>{policy}</a> })
        .cell(view! { <StatusMark status /> })
}
