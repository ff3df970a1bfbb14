//! Which counted deployments failed, when that showed, and when users had their service back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    DeployKind, DeployState, FailureCause,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
    hints::{Target, targets},
};

/// An older release that takes a deploy's place later than this says nothing about that deploy.
const ROLLBACK_WINDOW: TimeDelta = TimeDelta::days(7);

/// One reason to call a deploy failed.
struct Sign {
    cause: FailureCause,
    detected_at: Option<DateTime<Utc>>,
    restored: Option<(DateTime<Utc>, &'static str)>,
}

/// Judges every deploy, and finds hotfixes and rework on the way.
pub(super) fn judge(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) {
    let mut signs: Vec<Vec<Sign>> = derived.iter().map(|_| Vec::new()).collect();
    for index in 0..derived.len() {
        own_signs(facts, derived, index, &mut signs);
        rollback_sign(facts, derived, index, &mut signs);
        fix_signs(facts, derived, index, &mut signs);
    }
    for (index, signs) in signs.into_iter().enumerate() {
        apply(facts, &mut derived[index], index, signs);
    }
}

fn own_signs(facts: &ServiceFacts, derived: &[DerivedDeploy], index: usize, signs: &mut [Vec<Sign>]) {
    let deploy = &derived[index];
    if !deploy.is_exposed() {
        return;
    }
    let finished = deploy.folded.finished_at;
    if deploy.undid_itself() {
        let restored = finished.map(|at| (at, "rollback"));
        signs[index].push(Sign {
            cause: FailureCause::RolledBack,
            detected_at: finished,
            restored,
        });
    }
    if deploy.folded.state == DeployState::Failed {
        let restored = next_success(derived, index).map(|at| (at, "fix"));
        signs[index].push(Sign {
            cause: FailureCause::FailedAfterExposure,
            detected_at: finished,
            restored,
        });
    }
    for incident in &facts.deploys[index].incidents {
        let restored = incident.mitigated_at.map(|at| (at, "incident"));
        signs[index].push(Sign {
            cause: FailureCause::Incident,
            detected_at: Some(incident.detected_at),
            restored,
        });
    }
}

/// The next good deploy in the same environment ends a failure that nobody rolled back.
fn next_success(derived: &[DerivedDeploy], index: usize) -> Option<DateTime<Utc>> {
    let (environment, since) = (derived[index].environment, derived[index].folded.exposed_at);
    let later = derived.iter().enumerate().filter(|(other, deploy)| {
        *other != index && deploy.environment == environment && deploy.folded.state == DeployState::Succeeded
    });
    later
        .filter_map(|(_, deploy)| deploy.folded.promoted_at)
        .filter(|at| Some(*at) > since)
        .min()
}

fn rollback_sign(facts: &ServiceFacts, derived: &[DerivedDeploy], index: usize, signs: &mut [Vec<Sign>]) {
    let Some(by) = derived[index].rolled_back_by.and_then(|id| position(derived, id)) else {
        return;
    };
    let rollback = &facts.deploys[by];
    let stated = rollback.stated_kind == Some(DeployKind::Rollback)
        || rollback.stated_rollback_of.is_some()
        || rollback.corrected_kind() == Some(DeployKind::Rollback);
    let taken_at = derived[by].folded.exposed_at;
    let in_time = match (derived[index].folded.exposed_at, taken_at) {
        (Some(exposed), Some(taken)) => taken - exposed <= ROLLBACK_WINDOW,
        _ => false,
    };
    if rollback.says(&Statement::Planned) || !(stated || in_time) {
        return;
    }
    let restored = derived[by].folded.promoted_at.map(|at| (at, "rollback"));
    signs[index].push(Sign {
        cause: FailureCause::RolledBack,
        detected_at: derived[by].folded.requested_at,
        restored,
    });
}

/// Reverts and fixes that this deploy carries: their targets failed, and this deploy is rework.
fn fix_signs(facts: &ServiceFacts, derived: &mut [DerivedDeploy], index: usize, signs: &mut [Vec<Sign>]) {
    let carried = derived[index].changes.clone();
    let mut fixed: Vec<(usize, FailureCause)> = Vec::new();
    let mut hotfix = false;
    for change in carried.iter().map(|change| facts.mainline.change(*change)) {
        hotfix |= facts.hotfix_rules.is_hotfix(change);
        for target in targets(&change.text) {
            let cause = match target {
                Target::FixedDeploy(_) => FailureCause::Hotfix,
                _ => FailureCause::Revert,
            };
            fixed.extend(carrier(facts, derived, index, &target).map(|carrier| (carrier, cause)));
        }
    }
    for statement in &facts.deploys[index].corrections {
        if let Statement::Fixes(id) = statement {
            fixed.extend(position(derived, *id).map(|target| (target, FailureCause::Hotfix)));
        }
    }
    if hotfix && derived[index].kind == DeployKind::Normal && facts.deploys[index].corrected_kind().is_none()
    {
        derived[index].kind = DeployKind::Hotfix;
    }
    derived[index].rework = derived[index].kind == DeployKind::Hotfix || !fixed.is_empty();
    let (asked, done) = (
        derived[index].folded.requested_at,
        derived[index].folded.promoted_at,
    );
    for (target, cause) in fixed {
        if target != index {
            signs[target].push(Sign {
                cause,
                detected_at: asked,
                restored: done.map(|at| (at, "fix")),
            });
        }
    }
}

/// The deploy, before this one and in its environment, that brought what a revert or a fix names.
fn carrier(facts: &ServiceFacts, derived: &[DerivedDeploy], index: usize, target: &Target) -> Option<usize> {
    let change = match target {
        Target::RevertedPullRequest(number) => facts.mainline.change_of_number(*number)?,
        Target::RevertedCommit(sha) => facts.mainline.change_of(sha)?,
        Target::FixedDeploy(name) => return named(facts, derived, index, name),
    };
    let earlier = |other: &usize| {
        derived[*other].environment == derived[index].environment
            && derived[*other].folded.exposed_at < derived[index].folded.exposed_at
            && derived[*other].changes.contains(&change)
    };
    (0..derived.len())
        .filter(earlier)
        .max_by_key(|other| derived[*other].folded.exposed_at)
}

/// A deploy by id, or the latest one of a version in the same environment before this one.
fn named(facts: &ServiceFacts, derived: &[DerivedDeploy], index: usize, name: &str) -> Option<usize> {
    if let Ok(id) = name.parse() {
        return position(derived, id);
    }
    let matches = |other: &usize| {
        *other != index
            && derived[*other].environment == derived[index].environment
            && derived[*other].counted.is_ok()
            && derived[*other].folded.exposed_at < derived[index].folded.exposed_at
            && facts.deploys[*other]
                .version
                .as_deref()
                .is_some_and(|version| same_version(version, name))
    };
    (0..derived.len())
        .filter(matches)
        .max_by_key(|other| derived[*other].folded.exposed_at)
}

fn same_version(a: &str, b: &str) -> bool {
    a.trim_start_matches('v') == b.trim_start_matches('v')
}

fn position(derived: &[DerivedDeploy], id: crate::ids::DeployId) -> Option<usize> {
    derived.iter().position(|deploy| deploy.id == id)
}

/// The earliest sign dates the failure, the earliest end restores it; a person's word about failing wins.
fn apply(facts: &ServiceFacts, deploy: &mut DerivedDeploy, index: usize, signs: Vec<Sign>) {
    let said = facts.deploys[index]
        .corrections
        .iter()
        .rev()
        .find_map(|statement| match statement {
            Statement::Failed(failed) => Some(*failed),
            _ => None,
        });
    if said == Some(false) || (said.is_none() && signs.is_empty()) || !deploy.is_exposed() {
        return;
    }
    let first = signs
        .iter()
        .min_by_key(|sign| FailureCause::ALL.iter().position(|cause| *cause == sign.cause));
    deploy.failure = Some(first.map_or(FailureCause::Correction, |sign| sign.cause));
    let exposed = deploy.folded.exposed_at;
    deploy.failed_at = signs
        .iter()
        .filter_map(|sign| sign.detected_at)
        .min()
        .max(exposed);
    deploy.restored = signs.iter().filter_map(|sign| sign.restored).min();
    if let (Some(failed), Some((restored, _))) = (deploy.failed_at, deploy.restored) {
        deploy.failed_at = Some(failed.min(restored));
    }
}
