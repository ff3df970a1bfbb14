//! Which counted deployments failed, when that showed, and when users had their service back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    DeployKind, DeployState, FailureCause, NotCounted,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
    hints::{Target, targets},
    lookup::Lookup,
    timeline::{order, stated_kind},
};
use crate::{environments::EnvironmentClass, moments::moment, names::title_written_out};

/// An older release that takes a deploy's place later than this says nothing about that deploy.
const ROLLBACK_WINDOW: TimeDelta = TimeDelta::days(7);
/// The most of a name in a trailer that is shown: anybody can write anything there.
const NAME_SHOWN: usize = 80;

/// One reason to call a deploy failed.
#[derive(Clone)]
struct Sign {
    cause: FailureCause,
    detected_at: Option<DateTime<Utc>>,
    restored: Option<(DateTime<Utc>, &'static str)>,
}

/// Judges every deploy, and finds hotfixes and rework on the way. `stands_for` names the counted deploy of a release
/// that went on to another environment or was tried again: what happens there happened to that deployment.
pub(super) fn judge(facts: &ServiceFacts, derived: &mut [DerivedDeploy], stands_for: &[Option<usize>]) {
    let lookup = Lookup::new(facts, derived);
    let mut signs: Vec<Vec<Sign>> = derived.iter().map(|_| Vec::new()).collect();
    for index in 0..derived.len() {
        own_signs(derived, index, (&lookup, &mut signs));
        incident_signs(facts, &mut derived[index], index, &mut signs[index]);
        rollback_sign(facts, derived, index, (&lookup, &mut signs));
        fix_signs(facts, derived, index, (&lookup, &mut signs));
    }
    for (index, counted) in stands_for.iter().enumerate() {
        if let Some(counted) = counted.filter(|counted| is_near(derived, *counted, index)) {
            let more = signs[index].clone();
            signs[counted].extend(more);
        }
    }
    for (index, signs) in signs.into_iter().enumerate() {
        apply(facts, &mut derived[index], index, &signs);
    }
}

fn is_near(derived: &[DerivedDeploy], counted: usize, index: usize) -> bool {
    let (first, then) = (
        derived[counted].folded.exposed_at,
        derived[index].folded.exposed_at,
    );
    derived[index].counted == Err(NotCounted::AlreadyRan)
        && matches!((first, then), (Some(first), Some(then)) if then - first <= ROLLBACK_WINDOW)
}

fn own_signs(derived: &[DerivedDeploy], index: usize, (lookup, signs): (&Lookup, &mut [Vec<Sign>])) {
    let deploy = &derived[index];
    if !deploy.is_exposed() {
        return;
    }
    let finished = deploy.folded.finished_at;
    if deploy.undid_itself() {
        signs[index].push(Sign {
            cause: FailureCause::RolledBack,
            detected_at: deploy.folded.rolling_back_at.or(finished),
            restored: finished.map(|at| (at, "rollback")),
        });
    }
    if deploy.folded.state == DeployState::Failed {
        signs[index].push(Sign {
            cause: FailureCause::FailedAfterExposure,
            detected_at: finished,
            restored: lookup.next_success(deploy).map(|at| (at, "fix")),
        });
    }
}

/// An incident that was detected before users saw the deploy is not its failure, whoever named it as the cause.
fn incident_signs(facts: &ServiceFacts, deploy: &mut DerivedDeploy, index: usize, signs: &mut Vec<Sign>) {
    let Some(exposed) = deploy.folded.exposed_at else {
        return;
    };
    for incident in &facts.deploys[index].incidents {
        if incident.detected_at < exposed {
            let detected = moment(incident.detected_at);
            deploy.ignored.push(format!(
                "An incident that names this deploy as its cause was detected at {detected}, before users saw the deploy, so \
                 it does not count as its failure."
            ));
            continue;
        }
        signs.push(Sign {
            cause: FailureCause::Incident,
            detected_at: Some(incident.detected_at),
            restored: incident.mitigated_at.map(|at| (at, "incident")),
        });
    }
}

fn rollback_sign(
    facts: &ServiceFacts,
    derived: &[DerivedDeploy],
    index: usize,
    (lookup, signs): (&Lookup, &mut [Vec<Sign>]),
) {
    let by = derived[index].rolled_back_by.and_then(|id| lookup.of(id));
    let Some(by) = by else { return };
    let rollback = &facts.deploys[by];
    let stated = stated_kind(facts, by) == Some(DeployKind::Rollback);
    let in_time = match (derived[index].folded.exposed_at, derived[by].folded.exposed_at) {
        (Some(exposed), Some(taken)) => taken - exposed <= ROLLBACK_WINDOW,
        _ => false,
    };
    if rollback.says(&Statement::Planned) || !(stated || in_time) {
        return;
    }
    signs[index].push(Sign {
        cause: FailureCause::RolledBack,
        detected_at: derived[by].folded.requested_at,
        restored: derived[by].folded.promoted_at.map(|at| (at, "rollback")),
    });
}

/// Reverts and fixes that a production deploy carries: their targets failed, and this deploy is rework. Elsewhere a fix
/// is on its way, and users have nothing of it yet.
fn fix_signs(
    facts: &ServiceFacts,
    derived: &mut [DerivedDeploy],
    index: usize,
    (lookup, signs): (&Lookup, &mut [Vec<Sign>]),
) {
    if !derived[index].is_exposed() {
        return;
    }
    let (fixed, ignored) = fixed(facts, derived, index, lookup);
    let stated = stated_kind(facts, index).is_some();
    let rules = &facts.hotfix_rules;
    let mut changes = derived[index].changes.iter();
    let says_hotfix = changes.any(|change| rules.is_hotfix(facts.mainline.change(*change)));
    let deploy = &mut derived[index];
    if says_hotfix && deploy.kind == DeployKind::Normal && !stated {
        deploy.kind = DeployKind::Hotfix;
    }
    if deploy.class != EnvironmentClass::Production || deploy.kind == DeployKind::Drill {
        return;
    }
    deploy.ignored.extend(ignored);
    let by_person = facts.deploys[index].corrected_kind().is_some();
    deploy.rework = deploy.kind == DeployKind::Hotfix || (!by_person && !fixed.is_empty());
    if deploy.kind == DeployKind::Hotfix && deploy.counted.is_ok() && fixed.is_empty() {
        let latest = lookup.counted_before(deploy);
        deploy.may_fix = latest.map(|latest| facts.deploys[latest].id);
    }
    let (asked, done) = (deploy.folded.requested_at, deploy.folded.promoted_at);
    for (target, cause) in fixed {
        signs[target].push(Sign {
            cause,
            detected_at: asked,
            restored: done.map(|at| (at, "fix")),
        });
    }
}

/// What a deploy undoes or fixes by the words of its changes and of people: deploys that users saw before it. Beside them,
/// why a name that somebody wrote fixes nothing.
fn fixed(
    facts: &ServiceFacts,
    derived: &[DerivedDeploy],
    index: usize,
    lookup: &Lookup,
) -> (Vec<(usize, FailureCause)>, Vec<String>) {
    let deploy = &derived[index];
    let (mut fixed, mut ignored) = (Vec::new(), Vec::new());
    let is_earlier = |target: &usize| {
        derived[*target].is_exposed() && order(facts, derived, *target) < order(facts, derived, index)
    };
    for change in &deploy.changes {
        for target in targets(&facts.mainline.change(*change).text) {
            let carrier = lookup.carrier(facts, deploy, &target).filter(is_earlier);
            match (carrier, &target) {
                (Some(carrier), Target::FixedDeploy(_)) => fixed.push((carrier, FailureCause::Hotfix)),
                (Some(carrier), _) => fixed.push((carrier, FailureCause::Revert)),
                (None, Target::FixedDeploy(name)) => ignored.push(names_nothing("`Fixes-Deploy`", name)),
                (None, _) => {}
            }
        }
    }
    for statement in &facts.deploys[index].corrections {
        if let Statement::Fixes(id) = statement {
            match lookup.of(*id).filter(is_earlier) {
                Some(target) => fixed.push((target, FailureCause::Hotfix)),
                None => ignored.push(names_nothing("A correction", &id.to_string())),
            }
        }
    }
    (fixed, ignored)
}

fn names_nothing(who: &str, name: &str) -> String {
    let name: String = title_written_out(name).chars().take(NAME_SHOWN).collect();
    format!("{who} names {name}, which is no deploy that users saw before this one, so it fixes nothing.")
}

/// The earliest sign dates the failure, the earliest end restores it; a person's word about failing wins. Only what users
/// had in production can have failed, and no drill.
fn apply(facts: &ServiceFacts, deploy: &mut DerivedDeploy, index: usize, signs: &[Sign]) {
    let statements = facts.deploys[index].corrections.iter().rev();
    let said = statements.clone().find_map(|statement| match statement {
        Statement::Failed(failed) => Some(*failed),
        _ => None,
    });
    let failed = said.unwrap_or(!signs.is_empty());
    let counts = failed && deploy.class == EnvironmentClass::Production && deploy.kind != DeployKind::Drill;
    let Some(exposed) = deploy.folded.exposed_at.filter(|_| counts) else {
        return;
    };
    let rank = |sign: &&Sign| FailureCause::ALL.iter().position(|cause| *cause == sign.cause);
    deploy.failure = match said {
        Some(_) => Some(FailureCause::Correction),
        None => signs.iter().min_by_key(rank).map(|sign| sign.cause),
    };
    let ends = signs.iter().filter_map(|sign| sign.restored);
    let restored = ends.min_by_key(|(at, by)| (*at, *by == "fix", *by));
    deploy.restored = restored.map(|(at, by)| (at.max(exposed), by));
    let detected = signs.iter().filter_map(|sign| sign.detected_at).min();
    let failed_at = detected.unwrap_or(exposed).max(exposed);
    deploy.failed_at = Some(
        deploy
            .restored
            .map_or(failed_at, |(restored, _)| failed_at.min(restored)),
    );
}
