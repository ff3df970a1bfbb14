//! The channel strip of one deploy: how far it got, how long each stretch took, and what has its place now.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    approvals::{ApprovalState, ApprovalSummary, Review},
    deploys::{
        DeployKind, DeployState, Strategy,
        read::{DeployDetail, DeploySummary},
    },
};
use leptos::prelude::*;

use super::{ChannelMark, deploy_status};
use crate::{
    format, paths,
    ui::{Status, Time, TimeStyle},
};

/// Where a deploy stands or ended, as the mark's place in the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stretch {
    Commit,
    Asked,
    Approval,
    Rollout,
    Users,
    Since,
}

/// What is known of the gate at which a deploy waited.
#[derive(Clone, Copy, Default)]
pub struct DeployGate<'a> {
    /// The request that people decided on, or still do.
    pub approval: Option<&'a ApprovalSummary>,
    /// Who went on without their decision.
    pub bypass: Option<&'a Review>,
    /// Until when a freeze holds it.
    pub frozen_until: Option<DateTime<Utc>>,
}

/// The marks from the commit to what has the deploy's place now.
pub fn deploy_marks(detail: &DeployDetail, gate: DeployGate<'_>) -> Vec<ChannelMark> {
    let deploy = &detail.summary;
    let stands = stands(deploy);
    let marks = [
        (Stretch::Commit, commit(detail)),
        (Stretch::Asked, asked(deploy)),
        (Stretch::Approval, approval(deploy, gate, stands)),
        (Stretch::Rollout, rollout(detail, stands)),
        (Stretch::Users, users(detail)),
        (Stretch::Since, since(detail)),
    ];
    marks
        .into_iter()
        .map(|(stretch, mark)| match stretch.cmp(&stands) {
            std::cmp::Ordering::Less => mark.passed(),
            std::cmp::Ordering::Equal => mark.here(),
            std::cmp::Ordering::Greater => mark,
        })
        .collect()
}

fn stands(deploy: &DeploySummary) -> Stretch {
    match deploy.state {
        DeployState::Succeeded => Stretch::Since,
        DeployState::AwaitingApproval | DeployState::Rejected | DeployState::Expired => Stretch::Approval,
        _ if deploy.promoted_at.is_some() => Stretch::Users,
        DeployState::RolledBack | DeployState::Failed if deploy.exposed_at.is_some() => Stretch::Users,
        _ if deploy.started_at.is_some() => Stretch::Rollout,
        DeployState::Backup
        | DeployState::Deploy
        | DeployState::Verify
        | DeployState::Confirm
        | DeployState::RollingBack => Stretch::Rollout,
        // It ended while it waited.
        _ if waited(deploy).is_some() => Stretch::Approval,
        _ => Stretch::Asked,
    }
}

fn commit(detail: &DeployDetail) -> ChannelMark {
    let status = match detail.summary.change_count {
        _ if detail.summary.baseline => Status::ok("the baseline"),
        None => Status::idle("changes not known"),
        Some(0) => Status::ok("no change"),
        Some(count) => Status::ok(format::counted(u64::from(count.unsigned_abs()), "change")),
    };
    match &detail.summary.sha {
        None => ChannelMark::new("Commit", Status::idle("none named")),
        Some(sha) => ChannelMark::new("Commit", status)
            .release(format::short_sha(sha))
            .href("#changes".into()),
    }
}

fn asked(deploy: &DeploySummary) -> ChannelMark {
    let at = deploy.requested_at;
    let words = match &deploy.initiator {
        Some(person) => format!("by {}", person.name),
        None => "by nobody named".to_owned(),
    };
    ChannelMark::new("Asked for", Status::ok(words))
        .release(deploy.release())
        .note(view! { <Time at /> })
}

/// How long the gate held it.
fn waited(deploy: &DeploySummary) -> Option<TimeDelta> {
    format::length(deploy.approval_seconds).filter(|wait| *wait > TimeDelta::zero())
}

fn approval(deploy: &DeploySummary, gate: DeployGate<'_>, stands: Stretch) -> ChannelMark {
    let at = deploy.requested_at;
    let of = |status: Status| ChannelMark::new("Approval", status);
    let after = |mark: ChannelMark| match waited(deploy) {
        Some(waited) => mark.release(length(waited)),
        None => mark,
    };
    if let Some(bypass) = gate.bypass {
        return after(of(Status::warn("bypassed"))).note(format!("by {}", bypass.name));
    }
    match (deploy.state, gate.frozen_until) {
        (DeployState::AwaitingApproval, Some(until)) => of(Status::waiting("for a freeze to end"))
            .release("Waiting")
            .note(view! { <Time at=until style=TimeStyle::Left />" left" }),
        (DeployState::AwaitingApproval, None) => of(Status::waiting("for a person"))
            .release("Waiting")
            .note(view! { <Time at style=TimeStyle::Age /> }),
        (DeployState::Rejected | DeployState::Expired, _) => {
            of(deploy_status(deploy.state)).release("Not given")
        }
        _ => match answered(deploy, gate.approval, stands) {
            Some(status) => after(of(status)),
            None => of(Status::idle("not asked yet")),
        },
    }
}

/// How what was asked about a deploy ended that is over, or that went on; `None` where nobody was asked yet. Of what waits
/// elsewhere than in Fairway it is known only whether it went on.
fn answered(deploy: &DeploySummary, asked: Option<&ApprovalSummary>, stands: Stretch) -> Option<Status> {
    let went_on = stands > Stretch::Approval;
    let is_given = |asked: &ApprovalSummary| {
        asked.state == ApprovalState::Approved || asked.given >= i64::from(asked.needed)
    };
    match (asked, waited(deploy)) {
        (Some(asked), _) if asked.needed > 0 && is_given(asked) => Some(Status::ok("approved")),
        (Some(asked), _) if went_on && asked.needed == 0 => Some(Status::ok("nobody was asked")),
        (Some(_), _) if went_on => Some(Status::warn("went on without it")),
        (None, Some(_)) if went_on => Some(Status::ok("approved")),
        (None, None) if went_on => Some(Status::ok("no gate")),
        (None, None) => None,
        // Another round begins where it is open.
        (Some(_), _) | (None, Some(_)) => (!deploy.is_open()).then(|| Status::idle("not given")),
    }
}

fn rollout(detail: &DeployDetail, stands: Stretch) -> ChannelMark {
    let deploy = &detail.summary;
    let label = match (deploy.strategy, weight(detail)) {
        (Strategy::Canary, Some(weight)) => format!("Canary {weight} %"),
        (Strategy::Canary, None) => "Canary".to_owned(),
        (Strategy::BlueGreen, _) => "Blue/green".to_owned(),
        (Strategy::Rolling, _) => "Rollout".to_owned(),
    };
    let of = |status: Status| ChannelMark::new(label.clone(), status);
    let Some(started) = deploy.started_at else {
        return of(Status::idle(if deploy.is_open() {
            "not started"
        } else {
            "never started"
        }));
    };
    let end = deploy.promoted_at.or(deploy.finished_at);
    match end {
        None => of(deploy_status(deploy.state))
            .release("Under way")
            .note(view! { <Time at=started style=TimeStyle::Age /> }),
        Some(end) if stands > Stretch::Rollout && deploy.promoted_at.is_some() => {
            of(Status::ok("done")).release(length(end - started))
        }
        Some(end) => of(deploy_status(deploy.state)).release(length(end - started)),
    }
}

fn users(detail: &DeployDetail) -> ChannelMark {
    let deploy = &detail.summary;
    let of = |status: Status| ChannelMark::new(capital(&deploy.environment), status);
    match (deploy.promoted_at, deploy.exposed_at) {
        (Some(at), _) => {
            let status = if deploy.failed {
                Status::danger("failed in use")
            } else {
                Status::ok("reached")
            };
            of(status).release("All users").note(view! { <Time at /> })
        }
        (None, Some(at)) => {
            let status = if deploy.is_open() {
                Status::live("exposed")
            } else {
                deploy_status(deploy.state)
            };
            let share = weight(detail).map_or_else(
                || "Some users".to_owned(),
                |weight| format!("{weight} % of users"),
            );
            of(status).release(share).note(view! { <Time at /> })
        }
        (None, None) if deploy.is_open() => of(Status::idle("not yet")),
        (None, None) => of(Status::idle("no user saw it")),
    }
}

/// What has the place that this deploy wanted or had.
fn since(detail: &DeployDetail) -> ChannelMark {
    let deploy = &detail.summary;
    let other = |label: &str, other: &DeploySummary, status: Status| {
        ChannelMark::new(label, status)
            .release(other.release())
            .href(paths::deploy(other.id))
    };
    let at = |other: &DeploySummary| other.promoted_at.or(other.finished_at);
    if let Some(undone) = &detail.undone_by {
        let mark = other("Undone by", undone, Status::warn("took its place"));
        return noted(mark, at(undone));
    }
    if let Some(mark) = stuck(detail) {
        return mark;
    }
    if deploy.state == DeployState::Succeeded {
        return match &detail.replaced_by {
            Some(next) => noted(other("Replaced by", next, Status::ok("took its place")), at(next)),
            None => noted(
                ChannelMark::new("Since then", Status::ok("running")).release(deploy.release()),
                deploy.promoted_at.or(deploy.finished_at),
            ),
        };
    }
    match &detail.replaces {
        Some(before) if deploy.state == DeployState::RolledBack => {
            other("Back on", before, Status::ok("runs again"))
        }
        Some(before) => other("Meanwhile", before, Status::ok("keeps running")),
        // What it would replace is known once it has replaced it.
        None if deploy.is_open() => ChannelMark::new("Since then", Status::idle("not there yet")),
        None => ChannelMark::new("Since then", Status::idle("the release before stayed")),
    }
}

/// What may still be there though it should not: a deploy that failed after users saw it, or what a rollback that users never
/// saw was to undo. `None` where something took its place, or nothing failed.
fn stuck(detail: &DeployDetail) -> Option<ChannelMark> {
    let deploy = &detail.summary;
    let since = |words: &'static str| ChannelMark::new("Since then", Status::danger(words));
    if detail.replaced_by.is_some() || deploy.is_open() || deploy.state == DeployState::Succeeded {
        return None;
    }
    match (deploy.state, deploy.exposed_at) {
        (DeployState::Failed | DeployState::Lost, Some(_)) => {
            Some(since("may still run").release(deploy.release()))
        }
        (_, None) if deploy.kind == DeployKind::Rollback => Some(since("nothing was undone")),
        _ => None,
    }
}

fn noted(mark: ChannelMark, at: Option<DateTime<Utc>>) -> ChannelMark {
    match at {
        Some(at) => mark.note(view! { <Time at /> }),
        None => mark,
    }
}

/// The largest share of the traffic that it got.
fn weight(detail: &DeployDetail) -> Option<i16> {
    detail.phases.iter().filter_map(|phase| phase.weight).max()
}

fn length(of: TimeDelta) -> String {
    match of.num_seconds() {
        0 => "At once".to_owned(),
        seconds => format::duration(seconds),
    }
}

fn capital(word: &str) -> String {
    let mut rest = word.chars();
    rest.next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
