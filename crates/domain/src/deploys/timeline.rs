//! The history of one environment: what replaced what, what was a rollback, which changes each deploy carried.

use chrono::{DateTime, Utc};

use super::{
    DeployKind, DeployState, NotCounted,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
};
use crate::{
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId},
};

/// Walks the deploys of one environment in the order of exposure; returns what runs there now.
pub(super) fn walk(
    facts: &ServiceFacts,
    derived: &mut [DerivedDeploy],
    indices: &[usize],
) -> Option<(EnvironmentId, DeployId, DateTime<Utc>)> {
    supersede(facts, derived, indices);
    let mut exposed: Vec<usize> = indices
        .iter()
        .copied()
        .filter(|index| derived[*index].is_exposed())
        .collect();
    exposed.sort_by(|a, b| order(facts, derived, *a).cmp(&order(facts, derived, *b)));
    let mut running: Option<usize> = None;
    for (place, &index) in exposed.iter().enumerate() {
        derived[index].replaces = running.map(|before| derived[before].id);
        derived[index].kind = kind(facts, &exposed[..place], running, index);
        if derived[index].kind == DeployKind::Rollback {
            let stated = facts.deploys[index].stated_rollback_of;
            derived[index].rollback_of = stated.or(running.map(|undone| derived[undone].id));
            mark_rolled_back(facts, derived, &exposed[..place], index);
        }
        if !derived[index].undid_itself() {
            running = Some(index);
        }
    }
    for &index in indices {
        if !derived[index].is_exposed() {
            derived[index].kind = stated_kind(facts, index).unwrap_or(DeployKind::Normal);
        }
    }
    let now_running = &derived[running?];
    Some((
        now_running.environment,
        now_running.id,
        now_running.folded.exposed_at?,
    ))
}

fn order<'a>(
    facts: &'a ServiceFacts,
    derived: &[DerivedDeploy],
    index: usize,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>, &'a str) {
    let folded = &derived[index].folded;
    (folded.exposed_at, folded.requested_at, &facts.deploys[index].key)
}

/// A later success ends an open deploy that was asked for before it.
fn supersede(facts: &ServiceFacts, derived: &mut [DerivedDeploy], indices: &[usize]) {
    let mut successes: Vec<(DateTime<Utc>, Option<DateTime<Utc>>, usize)> = indices
        .iter()
        .filter(|index| derived[**index].folded.state == DeployState::Succeeded)
        .filter_map(|index| {
            Some((
                derived[*index].folded.promoted_at?,
                derived[*index].folded.requested_at,
                *index,
            ))
        })
        .collect();
    successes.sort_by(|a, b| (a.0, &facts.deploys[a.2].key).cmp(&(b.0, &facts.deploys[b.2].key)));
    for &index in indices {
        let open =
            !derived[index].folded.state.is_final() || derived[index].folded.state == DeployState::Lost;
        if !open {
            continue;
        }
        let requested = derived[index].folded.requested_at;
        let later = successes
            .iter()
            .find(|(at, asked, _)| *asked > requested && Some(*at) > requested);
        if let Some((at, _, by)) = later
            && derived[index].folded.finished_at.is_none_or(|lost| *at < lost)
        {
            derived[index].folded.state = DeployState::Superseded;
            derived[index].folded.finished_at = Some(*at);
            derived[index].superseded_by = Some(derived[*by].id);
        }
    }
}

fn stated_kind(facts: &ServiceFacts, index: usize) -> Option<DeployKind> {
    let deploy = &facts.deploys[index];
    let by_target = deploy.stated_rollback_of.map(|_| DeployKind::Rollback);
    deploy.corrected_kind().or(by_target).or(deploy.stated_kind)
}

/// What a person or the sender says, else what the history shows. Hotfixes are found later, from the changes.
fn kind(facts: &ServiceFacts, before: &[usize], running: Option<usize>, index: usize) -> DeployKind {
    if let Some(stated) = stated_kind(facts, index) {
        return stated;
    }
    let deploy = &facts.deploys[index];
    let Some(running) = running else {
        return DeployKind::Normal;
    };
    if deploy.same_release(&facts.deploys[running]) {
        return DeployKind::Retry;
    }
    let ran = first_run(facts, before, index);
    match older_than_running(facts, before, running, index) {
        true => DeployKind::Rollback,
        false if ran.is_some() => DeployKind::Retry,
        false => DeployKind::Normal,
    }
}

/// Place in this environment's history where a release ran first.
fn first_run(facts: &ServiceFacts, before: &[usize], index: usize) -> Option<usize> {
    before
        .iter()
        .position(|earlier| facts.deploys[*earlier].same_release(&facts.deploys[index]))
}

/// Age of a release: its place on the default branch where both are known there, else the order in which they first ran.
fn older_than_running(facts: &ServiceFacts, before: &[usize], running: usize, index: usize) -> bool {
    let position = |deploy: usize| {
        facts.deploys[deploy]
            .sha
            .as_deref()
            .and_then(|sha| facts.mainline.position(sha))
    };
    if let (Some(ours), Some(theirs)) = (position(index), position(running)) {
        return ours < theirs;
    }
    match (first_run(facts, before, index), first_run(facts, before, running)) {
        (Some(ours), Some(theirs)) => ours < theirs,
        _ => false,
    }
}

/// A rollback undoes the deploy it names and the counted deploy that first took the same release there.
fn mark_rolled_back(facts: &ServiceFacts, derived: &mut [DerivedDeploy], before: &[usize], index: usize) {
    let by = derived[index].id;
    let Some(target) = derived[index].rollback_of else {
        return;
    };
    let Some(undone) = before
        .iter()
        .copied()
        .find(|earlier| derived[*earlier].id == target)
    else {
        return;
    };
    let first = before
        .iter()
        .copied()
        .rev()
        .find(|earlier| {
            !matches!(derived[*earlier].kind, DeployKind::Rollback | DeployKind::Retry)
                && facts.deploys[*earlier].same_release(&facts.deploys[undone])
        })
        .unwrap_or(undone);
    for target in [undone, first] {
        derived[target].rolled_back_by.get_or_insert(by);
    }
}

/// Gives every deploy the changes it brought to its environment, and each production change to the deploy that first
/// carried it there fully.
pub(super) fn carry_changes(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) {
    let by_id: std::collections::HashMap<DeployId, usize> = derived
        .iter()
        .enumerate()
        .map(|(index, deploy)| (deploy.id, index))
        .collect();
    for index in 0..derived.len() {
        let carries = !matches!(derived[index].kind, DeployKind::Rollback | DeployKind::Retry);
        let before = derived[index]
            .replaces
            .and_then(|id| by_id.get(&id))
            .map(|before| &facts.deploys[*before]);
        let base = before.and_then(|before| before.sha.as_deref());
        if let (true, Some(base), Some(head)) = (carries, base, facts.deploys[index].sha.as_deref()) {
            let (changes, unknown) = facts.mainline.range(base, head);
            derived[index].changes = own(facts, changes);
            derived[index].unknown = unknown;
        }
    }
    deliver(facts, derived);
}

/// Walks full promotions to production; the newest release promoted so far is the mark that the next one starts from.
fn deliver(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) {
    let mut promotions: Vec<usize> = (0..derived.len())
        .filter(|index| derived[*index].class == EnvironmentClass::Production)
        .filter(|index| derived[*index].folded.promoted_at.is_some() && facts.deploys[*index].sha.is_some())
        .collect();
    promotions.sort_by_key(|index| (derived[*index].folded.promoted_at, &facts.deploys[*index].key));
    let mut delivered = std::collections::HashSet::new();
    let mut mark: Option<&str> = None;
    for index in promotions {
        let Some(head) = facts.deploys[index].sha.as_deref() else {
            continue;
        };
        let Some(base) = mark else {
            derived[index].baseline = true;
            mark = Some(head);
            continue;
        };
        if derived[index].kind == DeployKind::Rollback {
            continue;
        }
        let (changes, unknown) = facts.mainline.range(base, head);
        let fresh = own(facts, changes)
            .into_iter()
            .filter(|change| delivered.insert(*change))
            .collect();
        derived[index].delivered = fresh;
        derived[index].unknown = derived[index].unknown.take().or(unknown);
        let behind = facts.mainline.position(head) < facts.mainline.position(base);
        if !behind || facts.mainline.position(base).is_none() {
            mark = Some(head);
        }
    }
}

fn own(facts: &ServiceFacts, changes: Vec<usize>) -> Vec<usize> {
    match &facts.own_changes {
        None => changes,
        Some(own) => changes
            .into_iter()
            .filter(|change| own.get(*change).copied().unwrap_or(true))
            .collect(),
    }
}

/// Decides which deploys are in the counted set, over all production environments of the service together.
pub(super) fn count(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) {
    let mut exposed: Vec<usize> = (0..derived.len())
        .filter(|index| derived[*index].class == EnvironmentClass::Production && derived[*index].is_exposed())
        .collect();
    exposed.sort_by(|a, b| order(facts, derived, *a).cmp(&order(facts, derived, *b)));
    for index in 0..derived.len() {
        derived[index].counted = Err(if derived[index].class == EnvironmentClass::Production {
            NotCounted::NotExposed
        } else {
            NotCounted::NotProduction
        });
    }
    for (place, &index) in exposed.iter().enumerate() {
        let deploy = &facts.deploys[index];
        let by_person = deploy.corrected_kind().is_some();
        let ran = exposed[..place]
            .iter()
            .any(|earlier| facts.deploys[*earlier].same_release(deploy));
        derived[index].counted = match derived[index].kind {
            _ if deploy.says(&Statement::Exclude) => Err(NotCounted::Excluded),
            DeployKind::Rollback => Err(NotCounted::Rollback),
            DeployKind::Retry if ran || by_person => Err(NotCounted::AlreadyRan),
            DeployKind::Normal | DeployKind::Hotfix if ran && !by_person => Err(NotCounted::AlreadyRan),
            _ => Ok(()),
        };
    }
}
