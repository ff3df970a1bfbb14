//! What a policy would have done to deploys that were, and the deploys that the figures are made of.

use domain::approvals::{Replay, Replayed};
use leptos::prelude::*;

use crate::{
    format,
    parts::ServiceLink,
    paths,
    ui::{Column, Empty, Panel, Row, Status, StatusMark, Table, Time},
};

/// Rows that are shown, the newest: more than somebody looks through.
const SHOWN: usize = 500;
/// Rows that are opened at once: the form stands below them.
const AT_ONCE: usize = 50;

/// The sentence and the rows behind it.
pub(super) fn panel(replay: &Replay, days: u16) -> impl IntoView + use<> {
    let sentence = format!("Over the last {days} days it {replay}.");
    let looked_at = format!(
        "{} were looked at; rollbacks go without a decision.",
        format::counted(replay.deploys, "deploy")
    );
    let unknown = replay.unknown.iter().map(|(fact, count)| {
        let deploys = format::counted(*count, "deploy");
        view! { <p class="dim">{format!("{fact} is not known of {deploys}: a condition on it holds for none of them.")}</p> }
    });
    let unknown = unknown.collect_view();
    let all = replay.rows.len();
    let cut = (all > SHOWN).then(|| {
        let all = format::counted(all as u64, "deploy");
        view! { <p class="dim">{format::shown_of(SHOWN, &all)}", the newest"</p> }
    });
    let shown = &replay.rows[..all.min(SHOWN)];
    let parts = shown.chunks(AT_ONCE).enumerate();
    let rows = parts
        .map(|(part, rows)| table(part * AT_ONCE, rows, all))
        .collect_view();
    let nothing = (all == 0).then(|| {
        view! {
            <Empty title="No deploy is different">"Of each as many people are asked as now, none would be stopped, and none failed."</Empty>
        }
    });
    view! {
        <Panel title="What it would have done" id="tried">
            <div class="stack">
                <p class="policy-tried" role="status">{sentence}</p>
                <p class="dim">{looked_at}</p>
                {unknown}
                {nothing}
                {rows}
                {cut}
            </div>
        </Panel>
    }
}

/// Some of the deploys, opened by whoever wants to see them; `before` stand above them.
fn table(before: usize, deploys: &[Replayed], all: usize) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Deploy").grows(),
        Column::new("Environment").dim().wide_only(),
        Column::new("Asks now").numeric(),
        Column::new("Would ask").numeric(),
        Column::new("Would be").wide_only(),
        Column::new("Outcome").wide_only(),
    ];
    let (first, last) = (
        format::count(before as u64 + 1),
        format::count((before + deploys.len()) as u64),
    );
    let summary = format!("Deploys {first} to {last} of {}", format::count(all as u64));
    let caption = format!("Deploys that the figures are made of, {first} to {last}");
    let rows = deploys.iter().map(row).collect();
    view! {
        <details class="policy-part">
            <summary>{summary}</summary>
            <Table caption columns rows />
        </details>
    }
}

fn row(deploy: &Replayed) -> Row {
    let Replayed {
        id,
        service,
        environment,
        at,
        failed,
        before,
        after,
        stopped,
    } = deploy.clone();
    let under = format!(
        "{environment}, {}, {}",
        if stopped.is_some() {
            "stopped"
        } else {
            "let through"
        },
        if failed { "failed" } else { "did not fail" }
    );
    let stops = match stopped {
        Some(why) => view! { <StatusMark status=Status::danger("stopped") />" "{why} }.into_any(),
        None => "let through".into_any(),
    };
    let outcome = if failed {
        Status::danger("failed")
    } else {
        Status::ok("did not fail")
    };
    Row::new(view! { <ServiceLink slug=service />" "<a href=paths::deploy(id)><Time at /></a> })
        .under(under)
        .cell(environment)
        .cell(before.to_string())
        .cell(after.to_string())
        .cell(stops)
        .cell(view! { <StatusMark status=outcome /> })
}
