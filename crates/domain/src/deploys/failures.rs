//! Which counted deployments failed, when that showed, and when users had their service back.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    DeployKind, DeployState, FailureCause, NotCounted,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
    hints::{Target, targets},
};
use crate::ids::{DeployId, EnvironmentId};

/// An older release that takes a deploy's place later than this says nothing about that deploy.
const ROLLBACK_WINDOW: TimeDelta = TimeDelta::days(7);

/// Deploys with the time that matters, in order of it.
type Moments = Vec<(DateTime<Utc>, usize)>;

/// One reason to call a deploy failed.
#[derive(Clone)]
struct Sign {
    cause: FailureCause,
    detected_at: Option<DateTime<Utc>>,
    restored: Option<(DateTime<Utc>, &'static str)>,
}

/// What the judgement of one deploy asks about the others, found without going through all of them.
struct Lookup {
    by_id: HashMap<DeployId, usize>,
    /// Full promotions of good deploys per environment, in order of time.
    successes: HashMap<EnvironmentId, Moments>,
    /// Exposures of the deploys that brought a change to an environment, in order of time.
    carriers: HashMap<(EnvironmentId, usize), Moments>,
    /// Exposures of the counted deploys of a version (without its `v`) in an environment, in order of time.
    versions: HashMap<(EnvironmentId, String), Moments>,
}

/// Judges every deploy, and finds hotfixes and rework on the way. `stands_for` names the counted deploy of a release
/// that went on to another environment or was tried again: what happens there happened to that deployment.
pub(super) fn judge(facts: &ServiceFacts, derived: &mut [DerivedDeploy], stands_for: &[Option<usize>]) {
    let lookup = Lookup::new(facts, derived);
    let mut signs: Vec<Vec<Sign>> = derived.iter().map(|_| Vec::new()).collect();
    for index in 0..derived.len() {
        own_signs(facts, derived, index, (&lookup, &mut signs));
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

impl Lookup {
    fn new(facts: &ServiceFacts, derived: &[DerivedDeploy]) -> Self {
        let mut lookup = Self {
            by_id: HashMap::with_capacity(derived.len()),
            successes: HashMap::new(),
            carriers: HashMap::new(),
            versions: HashMap::new(),
        };
        for (index, deploy) in derived.iter().enumerate() {
            lookup.by_id.insert(deploy.id, index);
            let environment = deploy.environment;
            if let (DeployState::Succeeded, Some(at)) = (deploy.folded.state, deploy.folded.promoted_at) {
                lookup.successes.entry(environment).or_default().push((at, index));
            }
            let Some(exposed) = deploy.folded.exposed_at else {
                continue;
            };
            for change in &deploy.changes {
                let carriers = lookup.carriers.entry((environment, *change)).or_default();
                carriers.push((exposed, index));
            }
            if let (Ok(()), Some(version)) = (deploy.counted, &facts.deploys[index].version) {
                let version = bare(version).to_owned();
                let same = lookup.versions.entry((environment, version)).or_default();
                same.push((exposed, index));
            }
        }
        lookup
            .successes
            .values_mut()
            .for_each(|list| list.sort_unstable());
        lookup.carriers.values_mut().for_each(|list| list.sort_unstable());
        lookup.versions.values_mut().for_each(|list| list.sort_unstable());
        lookup
    }

    /// The next good deploy in the same environment ends a failure that nobody rolled back.
    fn next_success(&self, deploy: &DerivedDeploy) -> Option<DateTime<Utc>> {
        let list = self.successes.get(&deploy.environment)?;
        let later = list.partition_point(|(at, _)| Some(*at) <= deploy.folded.exposed_at);
        let next = list[later..]
            .iter()
            .find(|(_, other)| self.by_id.get(&deploy.id) != Some(other));
        next.map(|(at, _)| *at)
    }

    /// The deploy, before this one and in its environment, that brought what a revert or a fix names.
    fn carrier(&self, facts: &ServiceFacts, deploy: &DerivedDeploy, target: &Target) -> Option<usize> {
        let change = match target {
            Target::RevertedPullRequest(number) => facts.mainline.change_of_number(*number)?,
            Target::RevertedCommit(sha) => facts.mainline.change_of(sha)?,
            Target::FixedDeploy(name) => return self.named(deploy, name),
        };
        let list = self.carriers.get(&(deploy.environment, change))?;
        last_before(list, deploy.folded.exposed_at)
    }

    /// A deploy by id, or the latest one of a version in the same environment before this one.
    fn named(&self, deploy: &DerivedDeploy, name: &str) -> Option<usize> {
        if let Ok(id) = name.parse() {
            return self.by_id.get(&id).copied();
        }
        let list = self.versions.get(&(deploy.environment, bare(name).to_owned()))?;
        last_before(list, deploy.folded.exposed_at)
    }
}

fn last_before(list: &[(DateTime<Utc>, usize)], before: Option<DateTime<Utc>>) -> Option<usize> {
    let place = list.partition_point(|(at, _)| Some(*at) < before);
    list[..place].last().map(|(_, index)| *index)
}

fn bare(version: &str) -> &str {
    version.trim_start_matches('v')
}

fn own_signs(
    facts: &ServiceFacts,
    derived: &[DerivedDeploy],
    index: usize,
    (lookup, signs): (&Lookup, &mut [Vec<Sign>]),
) {
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
    for incident in &facts.deploys[index].incidents {
        signs[index].push(Sign {
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
    let by = derived[index].rolled_back_by.and_then(|id| lookup.by_id.get(&id));
    let Some(&by) = by else { return };
    let rollback = &facts.deploys[by];
    let stated = rollback.stated_kind == Some(DeployKind::Rollback)
        || rollback.stated_rollback_of.is_some()
        || rollback.corrected_kind() == Some(DeployKind::Rollback);
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

/// Reverts and fixes that this deploy carries: their targets failed, and this deploy is rework.
fn fix_signs(
    facts: &ServiceFacts,
    derived: &mut [DerivedDeploy],
    index: usize,
    (lookup, signs): (&Lookup, &mut [Vec<Sign>]),
) {
    if !derived[index].is_exposed() {
        return;
    }
    let mut fixed: Vec<(usize, FailureCause)> = Vec::new();
    let mut hotfix = false;
    for change in &derived[index].changes {
        let change = facts.mainline.change(*change);
        hotfix |= facts.hotfix_rules.is_hotfix(change);
        for target in targets(&change.text) {
            let cause = match target {
                Target::FixedDeploy(_) => FailureCause::Hotfix,
                _ => FailureCause::Revert,
            };
            let carrier = lookup.carrier(facts, &derived[index], &target);
            fixed.extend(carrier.map(|carrier| (carrier, cause)));
        }
    }
    for statement in &facts.deploys[index].corrections {
        if let Statement::Fixes(id) = statement {
            fixed.extend(lookup.by_id.get(id).map(|target| (*target, FailureCause::Hotfix)));
        }
    }
    fixed.retain(|(target, _)| *target != index);
    let deploy = &mut derived[index];
    let person = facts.deploys[index].corrected_kind();
    if hotfix && deploy.kind == DeployKind::Normal && person.or(facts.deploys[index].stated_kind).is_none() {
        deploy.kind = DeployKind::Hotfix;
    }
    deploy.rework = deploy.kind == DeployKind::Hotfix || (person.is_none() && !fixed.is_empty());
    let (asked, done) = (deploy.folded.requested_at, deploy.folded.promoted_at);
    for (target, cause) in fixed {
        signs[target].push(Sign {
            cause,
            detected_at: asked,
            restored: done.map(|at| (at, "fix")),
        });
    }
}

/// The earliest sign dates the failure, the earliest end restores it; a person's word about failing wins.
fn apply(facts: &ServiceFacts, deploy: &mut DerivedDeploy, index: usize, signs: &[Sign]) {
    let statements = facts.deploys[index].corrections.iter().rev();
    let said = statements.clone().find_map(|statement| match statement {
        Statement::Failed(failed) => Some(*failed),
        _ => None,
    });
    let failed = said.unwrap_or(!signs.is_empty());
    let Some(exposed) = deploy.folded.exposed_at.filter(|_| failed) else {
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
