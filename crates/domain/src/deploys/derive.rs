//! From everything stored about a service to its deploy history: one pure function.

use chrono::{DateTime, Utc};
use std::{collections::HashMap, sync::Arc};

use super::{
    DeployKind, DeployState, FailureCause, NotCounted, Strategy, corrected,
    corrections::Statement,
    delivery, failures,
    fold::{DeployEvent, Folded, fold},
    hints::HotfixRules,
    timeline,
};
use crate::{
    changes::{Mainline, UnknownRange},
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId, TeamId},
};

/// What is stored about one deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployFacts {
    /// Which deploy.
    pub id: DeployId,
    /// Identity within the service, whatever the rows' ids: breaks ties in time.
    pub key: String,
    /// Where to.
    pub environment: EnvironmentId,
    /// What that environment is for.
    pub class: EnvironmentClass,
    /// Commit.
    pub sha: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Version: the sender's, else the tag of a GitHub release of the commit.
    pub version: Option<String>,
    /// That tag, where the version is one.
    pub release_tag: Option<String>,
    /// Kind as the sender states it.
    pub stated_kind: Option<DeployKind>,
    /// What the sender says that it undoes.
    pub stated_rollback_of: Option<DeployId>,
    /// Strategy.
    pub strategy: Strategy,
    /// Whether Fairway drives it.
    pub driven: bool,
    /// Everything reported about it.
    pub events: Vec<DeployEvent>,
    /// What people said, oldest first, undone ones left out.
    pub corrections: Vec<Statement>,
    /// Confirmed incidents that name it as their cause.
    pub incidents: Vec<CauseIncident>,
}

/// A confirmed incident that a deploy caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseIncident {
    /// When it was noticed.
    pub detected_at: DateTime<Utc>,
    /// When users no longer felt it: mitigated, else resolved.
    pub mitigated_at: Option<DateTime<Utc>>,
}

/// What is stored about one service.
#[derive(Debug, Default)]
pub struct ServiceFacts {
    /// Its deploys, in any order.
    pub deploys: Vec<DeployFacts>,
    /// The default branch of its repository, already without the changes that touch only other services' paths.
    pub mainline: Arc<Mainline>,
    /// Which changes (by index in the mainline) are the service's; `None` means all of them.
    pub own_changes: Option<Vec<bool>>,
    /// Owners over time, oldest first.
    pub owners: Vec<(DateTime<Utc>, Option<TeamId>)>,
    /// Words that mark a hotfix.
    pub hotfix_rules: HotfixRules,
}

/// What follows for one deploy.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of one deploy, each a column of its own"
)]
pub struct DerivedDeploy {
    /// Which deploy.
    pub id: DeployId,
    /// Its environment.
    pub environment: EnvironmentId,
    /// What that is for.
    pub class: EnvironmentClass,
    /// State and times from its own events and from what came later.
    pub folded: Folded,
    /// Its kind.
    pub kind: DeployKind,
    /// What ran before it.
    pub replaces: Option<DeployId>,
    /// What it undoes.
    pub rollback_of: Option<DeployId>,
    /// What undid it.
    pub rolled_back_by: Option<DeployId>,
    /// The later success that ended it while it was open.
    pub superseded_by: Option<DeployId>,
    /// The service's owner at exposure.
    pub team: Option<TeamId>,
    /// In the counted set, or why not.
    pub counted: Result<(), NotCounted>,
    /// The first full promotion of the service in production: it carries no lead-time rows.
    pub baseline: bool,
    /// Why it is a failed deployment.
    pub failure: Option<FailureCause>,
    /// First sign of the failure.
    pub failed_at: Option<DateTime<Utc>>,
    /// End of the failure, and by what: `rollback`, `fix`, `incident`.
    pub restored: Option<(DateTime<Utc>, &'static str)>,
    /// Unplanned work caused by an incident or a bug.
    pub rework: bool,
    /// What a hotfix that names nothing may be for: the latest counted deploy before it. It counts nowhere until a person
    /// says so.
    pub may_fix: Option<DeployId>,
    /// Whether a person corrected it.
    pub corrected: bool,
    /// What was said of it and is not followed, each with the reason, for people.
    pub ignored: Vec<String>,
    /// What it brought to its environment, oldest first.
    pub changes: Vec<usize>,
    /// Whether those are all: a first deploy, or one without a commit, brought nobody knows what.
    pub changes_known: bool,
    /// The part of its changes that no earlier deploy carried to production fully.
    pub delivered: Vec<usize>,
    /// Why the changes are not all known; empty when they are.
    pub unknown: Vec<UnknownRange>,
}

/// What follows for a service.
#[derive(Debug, Default, PartialEq)]
pub struct ServiceDerived {
    /// Every deploy, in the order of [`ServiceFacts::deploys`].
    pub deploys: Vec<DerivedDeploy>,
    /// What runs where, and since when.
    pub running: Vec<(EnvironmentId, DeployId, DateTime<Utc>)>,
    /// The service's changes on the default branch that the release in production does not have, oldest first; `None`
    /// is unknown: nothing runs there, or its commit is not known on the branch.
    pub undelivered: Option<Vec<usize>>,
    /// Every deploy as it would be if nobody had corrected anything; `None` where nobody did.
    pub without: Option<Vec<DerivedDeploy>>,
}

/// Derives the history of a service as of `now`, and once more without corrections where there are some: figures say how
/// many of their rows those changed.
pub fn derive(facts: &ServiceFacts, now: DateTime<Utc>) -> ServiceDerived {
    let without = corrected::without(facts).map(|facts| history(&facts, now).deploys);
    ServiceDerived {
        without,
        ..history(facts, now)
    }
}

fn history(facts: &ServiceFacts, now: DateTime<Utc>) -> ServiceDerived {
    let mut derived: Vec<DerivedDeploy> = facts.deploys.iter().map(|deploy| start(deploy, now)).collect();
    let mut by_environment: HashMap<EnvironmentId, Vec<usize>> = HashMap::new();
    for (index, deploy) in facts.deploys.iter().enumerate() {
        by_environment.entry(deploy.environment).or_default().push(index);
    }
    let mut running = Vec::new();
    let mut bases = vec![None; derived.len()];
    for indices in by_environment.values() {
        running.extend(timeline::walk(facts, &mut derived, indices, &mut bases));
    }
    running.sort_unstable_by_key(|(environment, ..)| *environment);
    delivery::carry_changes(facts, &mut derived, &bases);
    delivery::deliver(facts, &mut derived);
    let stands_for = delivery::count(facts, &mut derived);
    failures::judge(facts, &mut derived, &stands_for);
    for deploy in &mut derived {
        deploy.team = deploy
            .folded
            .exposed_at
            .and_then(|at| owner_at(&facts.owners, at));
    }
    let undelivered = undelivered(facts, &derived, &running);
    ServiceDerived {
        deploys: derived,
        running,
        undelivered,
        without: None,
    }
}

/// What came to the default branch after the release that production got last.
fn undelivered(
    facts: &ServiceFacts,
    derived: &[DerivedDeploy],
    running: &[(EnvironmentId, DeployId, DateTime<Utc>)],
) -> Option<Vec<usize>> {
    let ids: std::collections::HashSet<DeployId> = running.iter().map(|(_, deploy, _)| *deploy).collect();
    let (newest, _) = derived
        .iter()
        .enumerate()
        .filter(|(_, deploy)| deploy.class == EnvironmentClass::Production && ids.contains(&deploy.id))
        .max_by_key(|(_, deploy)| (deploy.folded.exposed_at, deploy.id))?;
    let changes = facts.mainline.after(facts.deploys[newest].sha.as_deref()?)?;
    Some(delivery::own(facts, changes))
}

/// What a deploy's own events and corrections say.
fn start(deploy: &DeployFacts, now: DateTime<Utc>) -> DerivedDeploy {
    // What Fairway drives it also ends: silence says nothing of it.
    let heard_until = if deploy.driven {
        DateTime::<Utc>::MIN_UTC
    } else {
        now
    };
    let mut folded = fold(&deploy.events, heard_until);
    for statement in &deploy.corrections {
        match statement {
            Statement::ExposedAt(at) => {
                folded.exposed_at = Some(*at);
                folded.promoted_at = folded.promoted_at.map(|promoted| promoted.max(*at));
            }
            Statement::NeverExposed => (folded.exposed_at, folded.promoted_at) = (None, None),
            _ => {}
        }
    }
    DerivedDeploy {
        id: deploy.id,
        environment: deploy.environment,
        class: deploy.class,
        folded,
        kind: DeployKind::Normal,
        replaces: None,
        rollback_of: None,
        rolled_back_by: None,
        superseded_by: None,
        team: None,
        counted: Err(NotCounted::NotExposed),
        baseline: false,
        failure: None,
        failed_at: None,
        restored: None,
        rework: false,
        may_fix: None,
        corrected: !deploy.corrections.is_empty(),
        ignored: Vec::new(),
        changes: Vec::new(),
        changes_known: false,
        delivered: Vec::new(),
        unknown: Vec::new(),
    }
}

fn owner_at(owners: &[(DateTime<Utc>, Option<TeamId>)], at: DateTime<Utc>) -> Option<TeamId> {
    owners
        .iter()
        .rev()
        .find(|(since, _)| *since <= at)
        .or(owners.first())
        .and_then(|(_, team)| *team)
}

impl DeployFacts {
    /// Whether two deploys took the same release: the same digest or the same commit; where neither can be compared, the
    /// same version.
    pub fn same_release(&self, other: &Self) -> bool {
        fn both<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> Option<bool> {
            Some(a? == b?)
        }
        let digests = both(self.digest.as_ref(), other.digest.as_ref());
        let shas = both(self.sha.as_ref(), other.sha.as_ref());
        match (digests, shas) {
            (None, None) => both(self.version.as_ref(), other.version.as_ref()).unwrap_or(false),
            _ => digests == Some(true) || shas == Some(true),
        }
    }

    /// The last kind that a person gave it.
    pub fn corrected_kind(&self) -> Option<DeployKind> {
        self.corrections
            .iter()
            .rev()
            .find_map(|statement| match statement {
                Statement::Kind(kind) => Some(*kind),
                _ => None,
            })
    }

    /// Whether a statement was made.
    pub fn says(&self, wanted: &Statement) -> bool {
        self.corrections.contains(wanted)
    }
}

impl DerivedDeploy {
    /// Whether users saw it.
    pub fn is_exposed(&self) -> bool {
        self.folded.exposed_at.is_some()
    }

    /// Whether it was undone by its own executor.
    pub fn undid_itself(&self) -> bool {
        self.folded.state == DeployState::RolledBack
    }
}

/// A duration in seconds, exact to the millisecond.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of any real duration fit 53 bits"
)]
pub fn seconds(duration: chrono::TimeDelta) -> f64 {
    duration.num_milliseconds() as f64 / 1000.0
}
