//! The state of a service as lists show it: what runs, what came last, and how it is.

use chrono::{DateTime, Utc};

use super::{
    DeployKind, DeployState,
    derive::{DerivedDeploy, ServiceDerived, ServiceFacts},
};
use crate::{
    catalog::{Health, ServiceState},
    changes::short,
    environments::EnvironmentClass,
    ids::DeployId,
    incidents::Severity,
};

/// Derives the state of a service from its history and the severities of its open incidents.
pub fn service_state(facts: &ServiceFacts, derived: &ServiceDerived, open: &[Severity]) -> ServiceState {
    let production = production(derived);
    let last = derived
        .deploys
        .iter()
        .filter(|deploy| deploy.kind != DeployKind::Drill)
        .max_by_key(|deploy| (deploy.folded.requested_at, deploy.id));
    let version = production.and_then(|(deploy, _)| {
        let deploy = facts.deploys.iter().find(|stored| stored.id == deploy.id)?;
        let sha = deploy.sha.as_deref().map(short);
        deploy.version.clone().or(sha.map(str::to_owned))
    });
    let worst = open.iter().copied().min();
    ServiceState {
        production_deploy: production.map(|(deploy, _)| deploy.id),
        production_version: version,
        production_since: production.map(|(_, since)| since),
        last_deploy: last.map(|deploy| deploy.id),
        last_deploy_at: last.and_then(|deploy| deploy.folded.requested_at),
        last_deploy_state: last.map(|deploy| deploy.folded.state),
        open_incidents: u32::try_from(open.len()).unwrap_or(u32::MAX),
        worst_severity: worst,
        health: health(derived, production.map(|(deploy, _)| deploy), worst),
        undelivered_changes: derived
            .undelivered
            .as_ref()
            .and_then(|changes| u32::try_from(changes.len()).ok()),
    }
}

/// The deploy that reached production last and still runs there.
fn production(derived: &ServiceDerived) -> Option<(&DerivedDeploy, DateTime<Utc>)> {
    let running: std::collections::HashMap<DeployId, DateTime<Utc>> = derived
        .running
        .iter()
        .map(|(_, deploy, since)| (*deploy, *since))
        .collect();
    derived
        .deploys
        .iter()
        .filter(|deploy| deploy.class == EnvironmentClass::Production)
        .filter_map(|deploy| Some((deploy, *running.get(&deploy.id)?)))
        .max_by_key(|(deploy, since)| (*since, deploy.id))
}

/// Open incidents of severity 1 mean down, of severity 2 degraded; so does a last production deploy that failed, or one
/// that runs and has not been restored. Without any production deploy nothing is known.
fn health(derived: &ServiceDerived, production: Option<&DerivedDeploy>, worst: Option<Severity>) -> Health {
    match worst.map(Severity::get) {
        Some(1) => return Health::Down,
        Some(2) => return Health::Degraded,
        _ => {}
    }
    let last = derived
        .deploys
        .iter()
        .filter(|deploy| deploy.class == EnvironmentClass::Production && deploy.folded.state.is_final())
        .filter(|deploy| deploy.kind != DeployKind::Drill)
        .max_by_key(|deploy| (deploy.folded.requested_at, deploy.id));
    let Some(last) = last else { return Health::Unknown };
    let hurt = |deploy: &DerivedDeploy| deploy.failure.is_some() && deploy.restored.is_none();
    if last.folded.state == DeployState::Failed || hurt(last) || production.is_some_and(hurt) {
        Health::Degraded
    } else {
        Health::Healthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploys::example::{History, PRODUCTION, event};

    fn health_of(history: &History, open: &[u8]) -> Health {
        let open: Vec<Severity> = open.iter().filter_map(|value| Severity::new(*value)).collect();
        service_state(&history.facts(), &history.derived(10_000), &open).health
    }

    #[test]
    fn health_follows_incidents_and_the_last_production_deploy() {
        let mut history = History::default();
        assert_eq!(health_of(&history, &[]), Health::Unknown);
        history.good(3, 0);
        assert_eq!(health_of(&history, &[]), Health::Healthy);
        assert_eq!(health_of(&history, &[3]), Health::Healthy);
        assert_eq!(health_of(&history, &[2, 1]), Health::Down);
        assert_eq!(health_of(&history, &[2]), Health::Degraded);
        history.add(PRODUCTION, 4, vec![event(DeployState::Failed, 10)]);
        assert_eq!(health_of(&history, &[]), Health::Degraded);
        history.good(5, 20);
        assert_eq!(health_of(&history, &[]), Health::Healthy);
    }

    #[test]
    fn the_state_names_what_runs_and_what_came_last() {
        let mut history = History::default();
        history.good(3, 0);
        history.good(5, 10);
        history.bad_canary(6, 20);
        let state = service_state(&history.facts(), &history.derived(60), &[]);
        assert_eq!(state.production_version.as_deref(), Some("v1.5"));
        assert_eq!(state.last_deploy_state, Some(DeployState::RolledBack));
        assert_eq!(state.undelivered_changes, Some(35));
    }
}
