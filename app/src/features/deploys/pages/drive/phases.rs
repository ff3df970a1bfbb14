//! The phases of a drive: who or what began each, when it ended, and on which grounds.

use chrono::{DateTime, Utc};
use commands::drives::DriveStanding;
use domain::deploys::{
    DeployState,
    drive::{
        PhaseRecord, Reason,
        grounds::Grounds,
        inputs::{Approval, Outcome, Report, Verdict},
        read::DriveDetail,
    },
    read::DeploySummary,
};
use leptos::prelude::*;

use crate::{
    format,
    parts::deploy_status,
    ui::{Column, Panel, Row, Span, StatusMark, Table, Time, TimeStyle, Timed},
};

/// The panel of phases; nothing of a deploy that Fairway does not drive.
pub(in super::super) fn phases(
    standing: &DriveStanding,
    deploy: &DeploySummary,
    now: DateTime<Utc>,
) -> Option<AnyView> {
    let detail = standing.drive.as_ref()?;
    let begun = detail.phases.first()?.started_at;
    let columns = vec![
        Column::new("Phase"),
        Column::new("Started").numeric(),
        Column::new("Finished").numeric().wide_only(),
        Column::new("Lasted").numeric().dim().wide_only(),
        Column::new("By").dim().wide_only(),
        Column::new("Because").grows(),
    ];
    let rows = detail
        .phases
        .iter()
        .map(|record| {
            let because = because(record);
            row((detail, record), actor(record, standing, deploy), now)
                .cell(view! { <span class="drive-because"><Timed text=because /></span> })
        })
        .collect();
    let view = view! {
        <Panel title="Phases" flush=true note=move || view! { <Time at=begun style=TimeStyle::Date /> }>
            <Table caption="Phases" columns rows />
        </Panel>
    };
    Some(view.into_any())
}

/// Who or what began a phase: Fairway works for whoever asked for a rollback.
fn actor(record: &PhaseRecord, standing: &DriveStanding, deploy: &DeploySummary) -> String {
    let asker = match (record.state, record.grounds()) {
        (DeployState::Requested, Some(Grounds::Reason(Reason::Person { .. }))) => deploy.initiator.as_ref(),
        (
            DeployState::RollingBack,
            Some(Grounds::Undone {
                reason: Reason::Person { .. },
                ..
            }),
        ) => standing
            .rollback
            .as_ref()
            .and_then(|rollback| rollback.initiator.as_ref()),
        _ => None,
    };
    asker.map_or_else(|| record.actor.clone(), |person| person.name.clone())
}

/// The row without its last cell.
fn row((detail, record): (&DriveDetail, &PhaseRecord), actor: String, now: DateTime<Utc>) -> Row {
    let is_end = record.state.is_final();
    let until = record.finished_at.filter(|_| !is_end);
    let lasted = (!is_end).then(|| until.unwrap_or(now) - record.started_at);
    let started = record.started_at;
    let status = deploy_status(record.state);
    let share = share(detail, record);
    Row::new(
        view! { <StatusMark status />{share.map(|share| view! { " "<span class="dim">{share}</span> })} },
    )
    .cell(view! { <Time at=started style=TimeStyle::Clock /> })
    .cell(until.map(|at| view! { <Time at style=TimeStyle::Clock /> }))
    .cell(lasted.map(|length| view! { <Span length=Some(length) /> }))
    .cell(actor)
}

/// "25 %" of a step; "again" of a phase that began anew because something changed.
fn share(detail: &DriveDetail, record: &PhaseRecord) -> Option<String> {
    match record.state {
        DeployState::Deploy | DeployState::Verify => Some(format!("{} %", detail.drive.weight(record.step))),
        DeployState::Prepare | DeployState::AwaitingApproval | DeployState::Backup if record.round > 0 => {
            Some(format!("round {}", record.round + 1))
        }
        _ => None,
    }
}

/// On which grounds a phase began, in words.
fn because(record: &PhaseRecord) -> String {
    match record.grounds() {
        None => String::new(),
        Some(Grounds::Words(words)) => words,
        Some(Grounds::Prepared(_)) => "all that has to be known of the release is known".to_owned(),
        Some(Grounds::Evidence(_)) => "what is known of the release".to_owned(),
        Some(Grounds::Undone { reason, .. } | Grounds::Reason(reason)) => reason.sentence(),
        Some(Grounds::Approval(approval)) => approved(&approval),
        Some(Grounds::Report(report)) => said(&report),
        Some(Grounds::Watched(verdict, confirmed)) => watched(verdict.as_ref(), confirmed),
    }
}

fn approved(approval: &Approval) -> String {
    match approval {
        Approval::Unknown => "nobody said yet whether an approval is needed".to_owned(),
        Approval::Pending { .. } => "people decide".to_owned(),
        Approval::Rejected { why } => format!("rejected: {why}"),
        Approval::Expired => "nobody decided in time".to_owned(),
        Approval::Void { why } => format!("the approval was voided: {why}"),
        Approval::Approved { .. } => "approved".to_owned(),
        Approval::NotNeeded { .. } => "the policy asks nobody".to_owned(),
        Approval::Bypassed { .. } => "an admin went on without the approval".to_owned(),
    }
}

/// What an executor said.
pub(in super::super) fn said(report: &Report) -> String {
    let outcome = match report.outcome {
        Outcome::Running => "the executor works on it",
        Outcome::Succeeded => "the executor succeeded",
        Outcome::Failed => "the executor failed",
    };
    let verified = if report.backup_verified == Some(true) {
        ", verified"
    } else {
        ""
    };
    let backup = report
        .backup_id
        .as_ref()
        .map(|id| format!("backup {id}{verified}"));
    let exposed = report.exposed.map(|exposed| {
        if exposed {
            "users exposed".to_owned()
        } else {
            "users not exposed".to_owned()
        }
    });
    [Some(outcome.to_owned()), backup, exposed, report.note.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

fn watched(verdict: Option<&Verdict>, confirmed: Option<String>) -> String {
    let found = match verdict {
        None => None,
        Some(Verdict::Pass { .. }) => Some("nothing was wrong".to_owned()),
        Some(Verdict::Fail { why, .. }) => Some(why.clone()),
        Some(Verdict::Insufficient { why }) => Some(format!("too little is known: {why}")),
    };
    let confirmed = confirmed.map(|why| format!("confirmed: {why}"));
    format::joined([found, confirmed])
}
