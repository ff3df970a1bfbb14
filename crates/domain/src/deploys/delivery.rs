//! Which changes a deploy brought, which of them reached production for the first time, and which deploys count.

use std::collections::HashSet;

use super::{
    DeployKind, NotCounted,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
    releases::Releases,
    timeline::order,
};
use crate::{changes::UnknownRange, environments::EnvironmentClass};

/// Gives every deploy the changes it brought to its environment.
///
/// A rollback brings none, nor a drill, nor does a release that was fully promoted there before. Previews are built from branches,
/// not from the default branch: they carry no changes.
pub(super) fn carry_changes(facts: &ServiceFacts, derived: &mut [DerivedDeploy], bases: &[Option<usize>]) {
    let promoted_before = promoted_before(facts, derived);
    for index in 0..derived.len() {
        let deploy = &derived[index];
        if deploy.class == EnvironmentClass::Preview {
            continue;
        }
        if matches!(deploy.kind, DeployKind::Rollback | DeployKind::Drill) || promoted_before[index] {
            derived[index].changes_known = true;
            continue;
        }
        let base = bases[index].and_then(|before| facts.deploys[before].sha.as_deref());
        if let (Some(base), Some(head)) = (base, facts.deploys[index].sha.as_deref()) {
            let (changes, unknown) = facts.mainline.range(base, head);
            derived[index].changes = own(facts, changes);
            derived[index].changes_known = unknown.is_none();
            derived[index].unknown.extend(unknown);
        }
    }
}

/// Whether each deploy's release was fully promoted in its environment before it was exposed.
fn promoted_before(facts: &ServiceFacts, derived: &[DerivedDeploy]) -> Vec<bool> {
    let mut exposed: Vec<usize> = (0..derived.len())
        .filter(|index| derived[*index].is_exposed())
        .collect();
    exposed.sort_by_key(|index| derived[*index].environment);
    let mut before = vec![false; derived.len()];
    for environment in exposed.chunk_by_mut(|a, b| derived[*a].environment == derived[*b].environment) {
        environment.sort_by(|a, b| order(facts, derived, *a).cmp(&order(facts, derived, *b)));
        let mut promoted = Releases::default();
        for (place, index) in environment.iter().enumerate() {
            before[*index] = promoted.first(&facts.deploys[*index]).is_some();
            if derived[*index].folded.promoted_at.is_some() {
                promoted.insert_first(&facts.deploys[*index], place);
            }
        }
    }
    before
}

/// Walks full promotions to production; the newest release promoted so far is the mark that the next one starts from.
/// The first one is the baseline and delivers nothing.
pub(super) fn deliver(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) {
    let mut promotions: Vec<usize> = (0..derived.len())
        .filter(|index| {
            derived[*index].class == EnvironmentClass::Production
                && derived[*index].folded.promoted_at.is_some()
                && derived[*index].kind != DeployKind::Drill
                && !facts.deploys[*index].says(&Statement::Exclude)
        })
        .collect();
    promotions.sort_by_key(|index| {
        let folded = &derived[*index].folded;
        (
            folded.promoted_at,
            folded.requested_at,
            &facts.deploys[*index].key,
        )
    });
    if let Some(first) = promotions.first() {
        derived[*first].baseline = true;
    }
    let mut delivered = HashSet::new();
    let mut mark: Option<&str> = None;
    for index in promotions {
        let Some(head) = facts.deploys[index].sha.as_deref() else {
            continue;
        };
        let Some(base) = mark else {
            mark = Some(head);
            continue;
        };
        if derived[index].kind == DeployKind::Rollback {
            continue;
        }
        let (changes, unknown) = facts.mainline.range(base, head);
        derived[index].delivered = own(facts, changes)
            .into_iter()
            .filter(|change| delivered.insert(*change))
            .collect();
        add_unknown(&mut derived[index].unknown, unknown);
        let (ours, theirs) = (facts.mainline.position(head), facts.mainline.position(base));
        if theirs.is_none() || ours > theirs {
            mark = Some(head);
        }
    }
}

fn add_unknown(known: &mut Vec<UnknownRange>, more: Option<UnknownRange>) {
    if let Some(more) = more.filter(|more| !known.contains(more)) {
        known.push(more);
    }
}

/// The changes of the service itself: a monorepo's others are left out, unknown ones stay.
pub(super) fn own(facts: &ServiceFacts, changes: Vec<usize>) -> Vec<usize> {
    match &facts.own_changes {
        None => changes,
        Some(own) => changes
            .into_iter()
            .filter(|change| own.get(*change).copied().unwrap_or(true))
            .collect(),
    }
}

/// Decides which deploys are in the counted set, over all production environments of the service together: a release
/// that goes from one region to the next counts once.
///
/// For each deploy of a release that was counted before, gives the counted deploy that stands for it.
pub(super) fn count(facts: &ServiceFacts, derived: &mut [DerivedDeploy]) -> Vec<Option<usize>> {
    for deploy in derived.iter_mut() {
        deploy.counted = Err(match deploy.class {
            EnvironmentClass::Production => NotCounted::NotExposed,
            _ => NotCounted::NotProduction,
        });
    }
    let mut exposed: Vec<usize> = (0..derived.len())
        .filter(|index| derived[*index].class == EnvironmentClass::Production && derived[*index].is_exposed())
        .collect();
    exposed.sort_by(|a, b| order(facts, derived, *a).cmp(&order(facts, derived, *b)));
    let mut seen = Releases::default();
    let mut counted = Releases::default();
    let mut stands_for = vec![None; derived.len()];
    for (place, &index) in exposed.iter().enumerate() {
        let deploy = &facts.deploys[index];
        let by_person = deploy.corrected_kind().is_some();
        let ran = seen.first(deploy).is_some();
        derived[index].counted = match derived[index].kind {
            _ if deploy.says(&Statement::Exclude) => {
                derived[index].counted = Err(NotCounted::Excluded);
                continue;
            }
            DeployKind::Rollback => Err(NotCounted::Rollback),
            DeployKind::Drill => Err(NotCounted::Drill),
            DeployKind::Retry if ran || by_person => Err(NotCounted::AlreadyRan),
            DeployKind::Normal | DeployKind::Hotfix if ran && !by_person => Err(NotCounted::AlreadyRan),
            _ => Ok(()),
        };
        stands_for[index] = counted.latest(deploy).map(|place: usize| exposed[place]);
        seen.insert_first(deploy, place);
        if derived[index].counted.is_ok() {
            counted.insert_latest(deploy, place);
        }
    }
    stands_for
}
