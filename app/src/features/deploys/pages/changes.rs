//! What a deploy brought, change by change, with the way of each.

use domain::deploys::read::{DeployChange, DeployDetail, LeadTimeRow};
use leptos::prelude::*;

use crate::{
    ctx,
    format::length,
    parts::Person,
    ui::{Column, Notice, Panel, Row, Sha, Span, Table, Tone},
};

/// The panel of changes.
pub fn changes(detail: &DeployDetail) -> impl IntoView + use<> {
    let unknown = detail.changes_unknown.clone();
    let repository = detail.repository.clone();
    let delivered = detail.changes.iter().any(|change| change.lead_time.is_some());
    let count = detail.changes.len();
    let next = if ctx::asks_github() {
        "They appear when GitHub was asked."
    } else {
        "Commits are not fetched: no GitHub token is configured. Set FAIRWAY_GITHUB_TOKEN, then they appear."
    };
    let why_none = if detail.summary.baseline {
        "This is the service's first promotion to production: the baseline that later changes are counted from."
    } else if unknown.is_some() {
        "None is listed."
    } else {
        "No changes: a redeploy, a rollback or a first deploy to an environment carries none."
    };
    let rows = detail
        .changes
        .iter()
        .map(|change| row(change, repository.as_deref(), delivered))
        .collect();
    view! {
        <Panel title="Changes" id="changes" flush=true note=move || format!("{count}")>
            {unknown.map(|why| view! {
                <div class="panel-inset"><Notice tone=Tone::Warn>"Not all changes are known: "{why}". "{next}</Notice></div>
            })}
            <Table caption="Changes" columns=columns(delivered) rows
                empty=move || view! { <p class="panel-line">{why_none}</p> } />
        </Panel>
    }
}

fn columns(delivered: bool) -> Vec<Column> {
    let mut columns = vec![Column::new("Change").grows(), Column::new("Author")];
    if delivered {
        columns.push(Column::new("Lead time").numeric());
        for stage in ["Coding", "Review", "Queue", "Approval", "Rollout"] {
            columns.push(Column::new(stage).numeric().dim().wide_only());
        }
    } else {
        columns.push(Column::new("Commit").wide_only());
    }
    columns
}

fn row(change: &DeployChange, repository: Option<&str>, delivered: bool) -> Row {
    let title = change.title.clone();
    let href = repository.and_then(|repository| match (change.number, &change.sha) {
        (Some(number), _) => Some(format!("https://github.com/{repository}/pull/{number}")),
        (None, Some(sha)) => Some(format!("https://github.com/{repository}/commit/{sha}")),
        (None, None) => None,
    });
    let number = change
        .number
        .map(|number| view! { <span class="dim">{format!("#{number} ")}</span> });
    let name = match href {
        Some(href) => view! { <a href=href rel="noreferrer">{number}{title}</a> }.into_any(),
        None => view! { {number}{title} }.into_any(),
    };
    let row = Row::new(name).cell(view! { <Person person=change.author.clone() /> });
    if delivered {
        stages(row, change.lead_time.as_ref())
    } else {
        row.cell(change.sha.clone().map(|sha| view! { <Sha sha bare=true /> }))
    }
}

fn stages(row: Row, lead: Option<&LeadTimeRow>) -> Row {
    let Some(lead) = lead else {
        return (0..6).fold(row, |row, _| {
            row.cell(view! { <span class="unknown" title="delivered by another deploy">"–"</span> })
        });
    };
    let missing = (!lead.unknown.is_empty()).then(|| format!("not known: {}", lead.unknown.join(", ")));
    let total = view! { <span title=missing><Span length=length(lead.lead) /></span> };
    [lead.coding, lead.review, lead.queue, lead.approval, lead.rollout]
        .into_iter()
        .fold(row.cell(total), |row, stage| {
            row.cell(view! { <Span length=length(stage) /> })
        })
}
