//! The channel strip of a service: the newest commit's way to production.

use chrono::TimeDelta;
use domain::deploys::read::{BranchHead, ChannelFacts, DeploySummary, RunningRelease};
use leptos::prelude::*;

use super::{ChannelMark, deploy_status};
use crate::{
    format, paths,
    ui::{Status, Time, TimeStyle},
};

/// The marks from commit to production. The strip follows the newest release that is not everywhere yet.
pub fn channel_marks(facts: &ChannelFacts) -> Vec<ChannelMark> {
    let mut marks = vec![commit(facts.head.as_ref()), checks(facts.head.as_ref())];
    marks.push(running("Staging", facts.staging.as_ref()));
    let here = here(facts);
    // Where nothing is on its way, the gate and the rollout tell how production got what it has.
    let arrived = facts
        .production
        .as_ref()
        .filter(|_| here == PRODUCTION)
        .map(|release| &release.deploy);
    marks.push(match (&facts.approval, arrived) {
        (None, Some(deploy)) => approved(deploy),
        (waiting, _) => approval(waiting.as_ref()),
    });
    marks.push(match (&facts.rollout, arrived) {
        (None, Some(deploy)) => rolled_out(deploy),
        (None, None) if facts.approval.is_some() => {
            ChannelMark::new("Rollout", Status::idle("after approval"))
        }
        (rollout, _) => self::rollout(rollout.as_ref()),
    });
    marks.push(running("Production", facts.production.as_ref()));
    marks
        .into_iter()
        .enumerate()
        .map(|(index, mark)| match index.cmp(&here) {
            std::cmp::Ordering::Less => mark.passed(),
            std::cmp::Ordering::Equal => mark.here(),
            std::cmp::Ordering::Greater => mark,
        })
        .collect()
}

/// The place of production in the strip.
const PRODUCTION: usize = 5;

/// Where the newest release that moves is; with nothing on its way, production.
fn here(facts: &ChannelFacts) -> usize {
    let sha =
        |release: &Option<RunningRelease>| release.as_ref().and_then(|release| release.deploy.sha.clone());
    let (production, staging) = (sha(&facts.production), sha(&facts.staging));
    let head = facts.head.as_ref().map(|head| head.sha.clone());
    if facts.rollout.is_some() {
        4
    } else if facts.approval.is_some() {
        3
    } else if head.is_none() || head == production {
        PRODUCTION
    } else if head == staging {
        2
    } else {
        usize::from(
            facts
                .head
                .as_ref()
                .is_some_and(|head| head.checks.passed + head.checks.failed > 0),
        )
    }
}

fn commit(head: Option<&BranchHead>) -> ChannelMark {
    match head {
        None => ChannelMark::new("Commit", Status::idle("no push seen")),
        Some(head) => {
            let at = head.landed_at;
            ChannelMark::new("Commit", Status::ok("on main"))
                .release(format::short_sha(&head.sha))
                .note(view! { <Time at style=TimeStyle::Age /> })
        }
    }
}

fn checks(head: Option<&BranchHead>) -> ChannelMark {
    let Some(head) = head else {
        return ChannelMark::new("Checks", Status::idle("nothing yet"));
    };
    let all = head.checks.passed + head.checks.failed + head.checks.running;
    let status = if all == 0 {
        Status::idle("none reported")
    } else if head.checks.failed > 0 {
        Status::danger(format!("{} of {all} failed", head.checks.failed))
    } else if head.checks.running > 0 {
        Status::live(format!("{} of {all} passed", head.checks.passed))
    } else {
        Status::ok(format!("{all} of {all} passed"))
    };
    let mark = ChannelMark::new("Checks", status);
    if all == 0 {
        mark
    } else {
        mark.release(format::short_sha(&head.sha))
    }
}

fn running(label: &'static str, release: Option<&RunningRelease>) -> ChannelMark {
    match release {
        None => ChannelMark::new(label, Status::idle("nothing yet")),
        Some(RunningRelease { deploy, since }) => {
            let at = *since;
            let status = if deploy.failed && deploy.restored_at.is_none() {
                Status::warn("failed")
            } else {
                Status::ok("running")
            };
            ChannelMark::new(label, status)
                .release(deploy.release())
                .href(paths::deploy(deploy.id))
                .note(view! { <Time at style=TimeStyle::Age /> })
        }
    }
}

fn approval(waiting: Option<&DeploySummary>) -> ChannelMark {
    match waiting {
        None => ChannelMark::new("Approval", Status::idle("nothing waits")),
        Some(deploy) => {
            let at = deploy.requested_at;
            ChannelMark::new("Approval", Status::waiting("waits"))
                .release(deploy.release())
                .href(paths::deploy(deploy.id))
                .note(view! { <Time at style=TimeStyle::Age /> })
        }
    }
}

fn approved(deploy: &DeploySummary) -> ChannelMark {
    let waited = format::length(deploy.approval_seconds).filter(|wait| *wait > TimeDelta::zero());
    if deploy.bypassed.is_some() {
        return ChannelMark::new("Approval", Status::warn("bypassed")).release(deploy.release());
    }
    match waited {
        Some(wait) => ChannelMark::new("Approval", Status::ok("approved"))
            .release(deploy.release())
            .note(format!("after {}", format::duration(wait.num_seconds()))),
        None => ChannelMark::new("Approval", Status::ok("no gate")).release(deploy.release()),
    }
}

fn rolled_out(deploy: &DeploySummary) -> ChannelMark {
    let took = deploy
        .started_at
        .zip(deploy.promoted_at.or(deploy.finished_at))
        .map(|(start, end)| format!("in {}", format::duration((end - start).num_seconds())));
    let mark = ChannelMark::new("Rollout", Status::ok("done")).release(deploy.release());
    match took {
        Some(took) => mark.note(took),
        None => mark,
    }
}

fn rollout(rollout: Option<&(DeploySummary, Option<i16>)>) -> ChannelMark {
    match rollout {
        None => ChannelMark::new("Rollout", Status::idle("none on its way")),
        Some((deploy, weight)) => {
            let label = weight.map_or_else(|| "Rollout".to_owned(), |weight| format!("Canary {weight} %"));
            ChannelMark::new(label, deploy_status(deploy.state))
                .release(deploy.release())
                .href(paths::deploy(deploy.id))
        }
    }
}
