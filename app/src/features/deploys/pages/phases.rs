//! What was reported of a deploy, phase by phase, each drawn over the deploy's whole length.

use chrono::{DateTime, TimeDelta, Utc};
use domain::deploys::read::{DeployDetail, DeployPhase};
use leptos::prelude::*;

use crate::{
    parts::deploy_status,
    ui::{Column, Mono, Panel, Row, Span, StatusMark, Table, Time, TimeStyle, charts::pct},
};

/// The panel of phases; an open deploy lasts until `now`.
pub fn phases(detail: &DeployDetail, now: DateTime<Utc>) -> impl IntoView + use<> {
    let start = detail.summary.requested_at;
    let end = detail.summary.finished_at.unwrap_or(now).max(start);
    let several = detail
        .phases
        .iter()
        .any(|phase| Some(&phase.part) != detail.phases.first().map(|first| &first.part));
    let told = detail.phases.iter().any(|phase| !evidence(phase).is_empty());
    let mut columns = vec![
        Column::new("Phase"),
        Column::new("At").numeric(),
        Column::new("Lasted").numeric().dim(),
        Column::new("Share of the time").wide_only().bars(),
    ];
    if told {
        columns.push(Column::new("Evidence").grows().wide_only());
    }
    if several {
        columns.push(Column::new("Job").dim().wide_only());
    }
    let rows = (0..detail.phases.len()).map(|index| {
        let phase = &detail.phases[index];
        let until = ends(&detail.phases, index, end);
        let lasted = (!phase.state.is_final()).then(|| until - phase.at);
        let mut row = Row::new(view! { <StatusMark status=deploy_status(phase.state) /> })
            .cell(moment(phase.at, start))
            .cell(lasted.map(|length| view! { <Span length=Some(length.max(TimeDelta::zero())) /> }))
            .cell(bar(phase, (start, end), until));
        if told {
            row = row.cell(evidence(phase));
        }
        if several {
            let part = phase.part.clone();
            row = row.cell(view! { <Mono>{part}</Mono> });
        }
        row
    });
    let rows = rows.collect();
    view! {
        <Panel title="Phases" flush=true note=move || view! { <Time at=start style=TimeStyle::Date /> }>
            <Table caption="Phases" columns rows />
        </Panel>
    }
}

/// The clock's time; with its date where that is not the day of the start.
fn moment(at: DateTime<Utc>, start: DateTime<Utc>) -> AnyView {
    let style = if at - start < TimeDelta::hours(12) && at.date_naive() == start.date_naive() {
        TimeStyle::Clock
    } else {
        TimeStyle::Exact
    };
    view! { <Time at style /> }.into_any()
}

/// When a phase ended: with the next report of the same job, else with the deploy.
fn ends(phases: &[DeployPhase], index: usize, end: DateTime<Utc>) -> DateTime<Utc> {
    let phase = &phases[index];
    if phase.state.is_final() {
        return phase.at;
    }
    let next = phases[index + 1..].iter().find(|next| next.part == phase.part);
    next.map_or(end, |next| next.at).max(phase.at)
}

/// A phase as a stretch of the deploy's length; one that took no time is a tick.
fn bar(phase: &DeployPhase, (start, end): (DateTime<Utc>, DateTime<Utc>), until: DateTime<Utc>) -> AnyView {
    let whole = (end - start).as_seconds_f64().max(1.0);
    let share = |length: TimeDelta| (100.0 * length.as_seconds_f64() / whole).clamp(0.0, 100.0);
    let width = share(until - phase.at).max(0.8);
    let x = share(phase.at - start).min(100.0 - width);
    let tone = deploy_status(phase.state).tone.as_str();
    view! {
        <svg class="phase-bar" width="100%" height="8" aria-hidden="true" data-tone=tone>
            <rect class="phase-way" width="100%" height="2" y="3" rx="1" />
            <rect class="phase-stretch" x=pct(x) width=pct(width) height="8" rx="2" />
        </svg>
    }
    .into_any()
}

/// Weight, exposure and the sender's words.
fn evidence(phase: &DeployPhase) -> String {
    let exposed = match phase.exposed {
        Some(true) => Some("users exposed".to_owned()),
        Some(false) => Some("users not exposed".to_owned()),
        None => None,
    };
    let weight = phase.weight.map(|weight| format!("{weight} % of the traffic"));
    [weight, exposed, phase.note.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}
