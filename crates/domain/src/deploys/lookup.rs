//! Finding the deploys that the judgement of one deploy asks about, without going through all of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    DeployState,
    derive::{DerivedDeploy, ServiceFacts},
    hints::Target,
};
use crate::ids::{DeployId, EnvironmentId};

/// Deploys with the time that matters, in order of it.
type Moments = Vec<(DateTime<Utc>, usize)>;

/// A service's deploys by what is asked for.
pub(super) struct Lookup {
    by_id: HashMap<DeployId, usize>,
    /// Full promotions of good deploys per environment, in order of time.
    successes: HashMap<EnvironmentId, Moments>,
    /// Exposures of the deploys that brought a change to an environment, in order of time.
    carriers: HashMap<(EnvironmentId, usize), Moments>,
    /// Exposures of the counted deploys of a version (without its `v`), in order of time.
    versions: HashMap<String, Moments>,
    /// Exposures of the counted deploys, in order of time.
    counted: Moments,
}

impl Lookup {
    pub(super) fn new(facts: &ServiceFacts, derived: &[DerivedDeploy]) -> Self {
        let mut lookup = Self {
            by_id: HashMap::with_capacity(derived.len()),
            successes: HashMap::new(),
            carriers: HashMap::new(),
            versions: HashMap::new(),
            counted: Vec::new(),
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
            if deploy.counted.is_ok() {
                lookup.counted.push((exposed, index));
                let version = facts.deploys[index].version.as_deref().map(bare);
                if let Some(version) = version {
                    let same = lookup.versions.entry(version.to_owned()).or_default();
                    same.push((exposed, index));
                }
            }
        }
        let lists = lookup.successes.values_mut().chain(lookup.carriers.values_mut());
        lists
            .chain(lookup.versions.values_mut())
            .chain([&mut lookup.counted])
            .for_each(|list| list.sort_unstable());
        lookup
    }

    /// The deploy of an id.
    pub(super) fn of(&self, id: DeployId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The latest counted deploy that users saw before this one.
    pub(super) fn counted_before(&self, deploy: &DerivedDeploy) -> Option<usize> {
        last_before(&self.counted, deploy.folded.exposed_at)
    }

    /// The next good deploy in the same environment ends a failure that nobody rolled back.
    pub(super) fn next_success(&self, deploy: &DerivedDeploy) -> Option<DateTime<Utc>> {
        let list = self.successes.get(&deploy.environment)?;
        let later = list.partition_point(|(at, _)| Some(*at) <= deploy.folded.exposed_at);
        let next = list[later..]
            .iter()
            .find(|(_, other)| self.of(deploy.id) != Some(*other));
        next.map(|(at, _)| *at)
    }

    /// The deploy, before this one and in its environment, that brought what a revert or a fix names.
    pub(super) fn carrier(
        &self,
        facts: &ServiceFacts,
        deploy: &DerivedDeploy,
        target: &Target,
    ) -> Option<usize> {
        let change = match target {
            Target::RevertedPullRequest(number) => facts.mainline.change_of_number(*number)?,
            Target::RevertedCommit(sha) => facts.mainline.change_of(sha)?,
            Target::FixedDeploy(name) => return self.named(deploy, name),
        };
        let list = self.carriers.get(&(deploy.environment, change))?;
        last_before(list, deploy.folded.exposed_at)
    }

    /// A deploy by id, or the latest counted one of a version before this one.
    fn named(&self, deploy: &DerivedDeploy, name: &str) -> Option<usize> {
        if let Ok(id) = name.parse() {
            return self.of(id);
        }
        let list = self.versions.get(bare(name))?;
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
