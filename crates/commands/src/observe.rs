//! Observing: what one event says is stored as facts, and what follows from it is enqueued, in one unit of work.
//!
//! Idempotent and free of order: the same events in any order, any number of times, end in the same rows. Decides nothing
//! about deploys or figures; that is derived later, from the facts.

mod authors;
pub(crate) mod concerned;
mod events;
mod history;
mod protection;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    facts::{Observation, ObservedEvent, RepositoryFact},
    ids::ServiceId,
};
use store::{EnqueuedJob, ObservedRepository, RepositorySighting, Tx};

use crate::{
    Commands, Result,
    intake::system,
    jobs::{DeriveService, Job},
};

/// An event of a repository while it is being stored.
struct Observing<'a> {
    tx: &'a mut Tx,
    repository: ObservedRepository,
    /// When the event happened.
    at: DateTime<Utc>,
    /// Services whose history may be another now.
    services: BTreeSet<ServiceId>,
    /// What is to be fetched.
    jobs: Vec<EnqueuedJob>,
}

impl Commands {
    /// Stores what an event says. `source` names the system that said it.
    pub async fn observe(&self, observation: &Observation, source: &str) -> Result<()> {
        let mut tx = self.store.begin(&system(source)).await?;
        self.observe_in(&mut tx, observation).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stores what several events say, in their order and in one unit of work: for many at once, since what follows from
    /// them is enqueued once. Told side by side, they must not name the same repositories or people.
    pub async fn observe_all(&self, observations: &[Observation], source: &str) -> Result<()> {
        let mut tx = self.store.begin(&system(source)).await?;
        let (mut services, mut jobs) = (BTreeSet::new(), Vec::new());
        for observation in observations {
            if let Some(observed) = self.store_observed(&mut tx, observation).await? {
                services.extend(observed.services);
                jobs.extend(observed.jobs);
            }
        }
        enqueue(&mut tx, jobs, services).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stores what an event says in a unit of work that the caller commits.
    pub(crate) async fn observe_in(&self, tx: &mut Tx, observation: &Observation) -> Result<()> {
        match self.store_observed(tx, observation).await? {
            Some(observed) => observed.enqueue().await,
            None => Ok(()),
        }
    }

    /// Stores what an event says, and gives what follows from it; nothing where it is about no repository.
    async fn store_observed<'a>(
        &self,
        tx: &'a mut Tx,
        observation: &Observation,
    ) -> Result<Option<Observing<'a>>> {
        let Some(fact) = &observation.repository else {
            return Ok(None);
        };
        let at = moment(&observation.event, fact).unwrap_or_else(|| self.now());
        let change = match &observation.event {
            ObservedEvent::Repository(change) => Some(change),
            _ => None,
        };
        let sighting = RepositorySighting { fact, change, at };
        let repository = tx.observe_repository(self.id(), sighting).await?;
        let mut observing = Observing {
            tx,
            repository,
            at,
            services: BTreeSet::new(),
            jobs: Vec::new(),
        };
        if observing.repository.gained_services {
            let id = observing.repository.id;
            self.place_repository(observing.tx, id).await?;
            observing.all_services().await?;
        }
        self.store_event(&mut observing, fact, &observation.event).await?;
        Ok(Some(observing))
    }
}

impl Observing<'_> {
    /// Every service of the repository may be concerned.
    async fn all_services(&mut self) -> Result<()> {
        let services = self.tx.services_of_repository(self.repository.id).await?;
        self.services.extend(services);
        Ok(())
    }

    async fn enqueue(self) -> Result<()> {
        enqueue(self.tx, self.jobs, self.services).await
    }
}

/// Enqueues at the very end and in one order, because the queue holds a lock per key until the commit.
async fn enqueue(tx: &mut Tx, jobs: Vec<EnqueuedJob>, services: BTreeSet<ServiceId>) -> Result<()> {
    for job in jobs {
        tx.enqueue(job).await?;
    }
    for service in services {
        tx.enqueue(DeriveService { service }.enqueued()?).await?;
    }
    Ok(())
}

/// When an event happened, as its sender says; the repository as described is not older than either time.
fn moment(event: &ObservedEvent, repository: &RepositoryFact) -> Option<DateTime<Utc>> {
    let own = match event {
        ObservedEvent::Ping | ObservedEvent::Repository(_) => None,
        ObservedEvent::Push(push) => Some(push.pushed_at),
        ObservedEvent::PullRequest(pull_request) => Some(pull_request.updated_at),
        ObservedEvent::Deployment(deployment) => Some(deployment.updated_at),
        ObservedEvent::ProtectionRule(rule) => Some(rule.deployment.updated_at),
        ObservedEvent::DeploymentStatus(status) => Some(status.created_at.max(status.deployment.updated_at)),
        ObservedEvent::WorkflowRun(run) => Some(run.updated_at),
        ObservedEvent::Release(release) => release.updated_at.or(release.published_at),
    };
    own.max(repository.updated_at)
}
