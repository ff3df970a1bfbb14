//! The history of one environment: what replaced what, and what was a rollback of what.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    DeployKind, DeployState,
    corrections::Statement,
    derive::{DerivedDeploy, ServiceFacts},
    releases::Releases,
};
use crate::ids::{DeployId, EnvironmentId};

/// The state of a walk through one environment.
struct Walk<'a> {
    facts: &'a ServiceFacts,
    /// Where each release ran first; places count exposures.
    first: Releases<'a>,
    /// Where each release was brought by something else than a rollback or retry, last.
    brought: Releases<'a>,
    /// Index of the deploy at each place.
    exposed: Vec<usize>,
    /// Place of each deploy so far.
    places: HashMap<DeployId, usize>,
    /// What runs after each place.
    running: Vec<Option<usize>>,
}

/// Walks the deploys of one environment in the order of exposure; returns what runs there now.
///
/// `bases[i]` becomes the deploy whose release ran when deploy `i` came (or, while it is not exposed, when it was asked
/// for): the place to count its changes from.
pub(super) fn walk(
    facts: &ServiceFacts,
    derived: &mut [DerivedDeploy],
    indices: &[usize],
    bases: &mut [Option<usize>],
) -> Option<(EnvironmentId, DeployId, DateTime<Utc>)> {
    expose_by_rollback(facts, derived, indices);
    supersede(facts, derived, indices);
    let (mut exposed, unexposed): (Vec<usize>, Vec<usize>) = indices
        .iter()
        .copied()
        .partition(|index| derived[*index].is_exposed());
    exposed.sort_by(|a, b| order(facts, derived, *a).cmp(&order(facts, derived, *b)));
    let mut walk = Walk {
        facts,
        first: Releases::default(),
        brought: Releases::default(),
        exposed: Vec::with_capacity(exposed.len()),
        places: HashMap::new(),
        running: Vec::with_capacity(exposed.len()),
    };
    for index in exposed {
        bases[index] = walk.running.last().copied().flatten();
        walk.step(derived, index);
    }
    for index in unexposed {
        derived[index].kind = stated_kind(facts, index).unwrap_or(DeployKind::Normal);
        bases[index] = walk.running_at(derived, index);
    }
    let now_running = &derived[walk.running.last().copied().flatten()?];
    Some((
        now_running.environment,
        now_running.id,
        now_running.folded.exposed_at?,
    ))
}

/// Exposures in order; ties follow the request, then the key, so that every order of events ends in one history.
pub(super) fn order<'a>(
    facts: &'a ServiceFacts,
    derived: &[DerivedDeploy],
    index: usize,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>, &'a str) {
    let folded = &derived[index].folded;
    (folded.exposed_at, folded.requested_at, &facts.deploys[index].key)
}

impl Walk<'_> {
    fn step(&mut self, derived: &mut [DerivedDeploy], index: usize) {
        let deploy = &self.facts.deploys[index];
        let place = self.exposed.len();
        let running = self.running.last().copied().flatten();
        derived[index].replaces = running.map(|before| derived[before].id);
        derived[index].kind = self.kind(running, index);
        if derived[index].kind == DeployKind::Rollback {
            let stated = deploy.stated_rollback_of;
            derived[index].rollback_of = stated.or(running.map(|undone| derived[undone].id));
            self.mark_rolled_back(derived, index);
        }
        self.first.insert_first(deploy, place);
        if !matches!(
            derived[index].kind,
            DeployKind::Rollback | DeployKind::Retry | DeployKind::Drill
        ) {
            self.brought.insert_latest(deploy, place);
        }
        self.exposed.push(index);
        self.places.insert(deploy.id, place);
        let still = if derived[index].undid_itself() {
            running
        } else {
            Some(index)
        };
        self.running.push(still);
    }

    /// What a person or the sender says, else what the history shows. Hotfixes are found later, from the changes.
    fn kind(&self, running: Option<usize>, index: usize) -> DeployKind {
        if let Some(stated) = stated_kind(self.facts, index) {
            return stated;
        }
        let deploy = &self.facts.deploys[index];
        let Some(running) = running else {
            return DeployKind::Normal;
        };
        if deploy.same_release(&self.facts.deploys[running]) {
            return DeployKind::Retry;
        }
        let ran = self.first.first(deploy);
        if self.is_older(ran, running, index) {
            DeployKind::Rollback
        } else if ran.is_some() {
            DeployKind::Retry
        } else {
            DeployKind::Normal
        }
    }

    /// Age of a release: its place on the default branch where both are known there, else the order in which they first ran.
    fn is_older(&self, ran: Option<usize>, running: usize, index: usize) -> bool {
        let position = |deploy: usize| {
            self.facts.deploys[deploy]
                .sha
                .as_deref()
                .and_then(|sha| self.facts.mainline.position(sha))
        };
        if let (Some(ours), Some(theirs)) = (position(index), position(running)) {
            return ours < theirs;
        }
        let theirs = self.first.first(&self.facts.deploys[running]);
        matches!((ran, theirs), (Some(ours), Some(theirs)) if ours < theirs)
    }

    /// A rollback undoes the deploy it names (else the running one) and the deploy that brought the same release there.
    fn mark_rolled_back(&self, derived: &mut [DerivedDeploy], index: usize) {
        let by = derived[index].id;
        let named = derived[index].rollback_of.and_then(|id| self.places.get(&id));
        let undone = named
            .map(|place| self.exposed[*place])
            .or(self.running.last().copied().flatten());
        let Some(undone) = undone else { return };
        let brought = self.brought.latest(&self.facts.deploys[undone]);
        let brought = brought.map_or(undone, |place| self.exposed[place]);
        for target in [undone, brought] {
            derived[target].rolled_back_by.get_or_insert(by);
        }
    }

    /// What ran when an unexposed deploy was asked for; for an open one, what runs now.
    fn running_at(&self, derived: &[DerivedDeploy], index: usize) -> Option<usize> {
        if !derived[index].folded.state.is_final() {
            return self.running.last().copied().flatten();
        }
        let asked = derived[index].folded.requested_at;
        let before = self
            .exposed
            .partition_point(|other| derived[*other].folded.exposed_at <= asked);
        before.checked_sub(1).and_then(|place| self.running[place])
    }
}

/// What a person says it is, else what the sender says. A drill is one whatever is said of it later.
pub(super) fn stated_kind(facts: &ServiceFacts, index: usize) -> Option<DeployKind> {
    let deploy = &facts.deploys[index];
    if deploy.stated_kind == Some(DeployKind::Drill) {
        return deploy.stated_kind;
    }
    let by_target = deploy.stated_rollback_of.map(|_| DeployKind::Rollback);
    deploy.corrected_kind().or(by_target).or(deploy.stated_kind)
}

/// A rollback that is stated as one says that the failed deploy before it had reached users: there was something to undo.
/// An exposure that only this tells of is dated at the failure, the latest time that it can have begun.
fn expose_by_rollback(facts: &ServiceFacts, derived: &mut [DerivedDeploy], indices: &[usize]) {
    let mut asked: Vec<usize> = indices.to_vec();
    asked.sort_by_key(|index| (derived[*index].folded.requested_at, &facts.deploys[*index].key));
    let mut last: Option<usize> = None;
    let by_id: HashMap<DeployId, usize> = asked.iter().map(|index| (derived[*index].id, *index)).collect();
    for index in asked {
        let is_rollback = stated_kind(facts, index) == Some(DeployKind::Rollback);
        if is_rollback && derived[index].is_exposed() {
            let named = facts.deploys[index].stated_rollback_of;
            let target = match named {
                Some(id) => by_id.get(&id).copied(),
                None => last,
            };
            if let Some(target) = target.filter(|target| *target != index) {
                expose_failed(facts, derived, target);
            }
        }
        last = Some(index);
    }
}

fn expose_failed(facts: &ServiceFacts, derived: &mut [DerivedDeploy], target: usize) {
    let hidden = derived[target].folded.state == DeployState::Failed && !derived[target].is_exposed();
    if hidden && !facts.deploys[target].says(&Statement::NeverExposed) {
        derived[target].folded.exposed_at = derived[target].folded.finished_at;
    }
}

/// A later success ends an open deploy that was asked for before it. A drill takes nobody's place: it gives the environment back.
fn supersede(facts: &ServiceFacts, derived: &mut [DerivedDeploy], indices: &[usize]) {
    let mut successes: Vec<(DateTime<Utc>, Option<DateTime<Utc>>, usize)> = indices
        .iter()
        .filter(|index| derived[**index].folded.state == DeployState::Succeeded)
        .filter(|index| stated_kind(facts, **index) != Some(DeployKind::Drill))
        .filter_map(|index| {
            let folded = &derived[*index].folded;
            Some((folded.promoted_at?, folded.requested_at, *index))
        })
        .collect();
    successes.sort_by(|a, b| (a.0, &facts.deploys[a.2].key).cmp(&(b.0, &facts.deploys[b.2].key)));
    for &index in indices {
        let state = derived[index].folded.state;
        if state.is_final() && state != DeployState::Lost {
            continue;
        }
        let requested = derived[index].folded.requested_at;
        let since = successes.partition_point(|(at, ..)| Some(*at) <= requested);
        let later = successes[since..].iter().find(|(_, asked, _)| *asked > requested);
        if let Some((at, _, by)) = later
            && derived[index].folded.finished_at.is_none_or(|lost| *at < lost)
        {
            derived[index].folded.state = DeployState::Superseded;
            derived[index].folded.finished_at = Some(*at);
            derived[index].superseded_by = Some(derived[*by].id);
        }
    }
}
