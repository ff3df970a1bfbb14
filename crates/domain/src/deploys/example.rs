//! A small service's history to test the derivation with.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    DeployState,
    corrections::Statement,
    derive::{CauseIncident, DeployFacts, DerivedDeploy, ServiceDerived, ServiceFacts, derive},
    fold::DeployEvent,
};
use crate::{
    changes::{Commit, Landing, Mainline, PullRequest, Push},
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId},
};

pub(super) const PRODUCTION: u128 = 1;
pub(super) const SECOND_PRODUCTION: u128 = 2;
pub(super) const STAGING: u128 = 3;

/// A minute of the example's time.
pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

/// Deploys and the text of each commit on the branch: commit `n` lands at minute `n - 1000`, alone in its push.
#[derive(Clone, Default)]
pub(super) struct History {
    pub(super) deploys: Vec<DeployFacts>,
    pub(super) messages: Vec<(usize, String)>,
    pub(super) pull_requests: Vec<PullRequest>,
}

pub(super) const COMMITS: usize = 40;

pub(super) fn sha(number: usize) -> String {
    format!("{number:040x}")
}

pub(super) fn event(state: DeployState, minute: i64) -> DeployEvent {
    DeployEvent {
        part: "1".into(),
        state,
        at: at(minute),
        exposed: None,
        weight: None,
        note: None,
    }
}

pub(super) fn id(number: usize) -> DeployId {
    DeployId(Uuid::from_u128(1000 + number as u128))
}

impl History {
    /// Adds a deploy of a commit with these events; its number is its place.
    pub(super) fn add(&mut self, environment: u128, commit: usize, events: Vec<DeployEvent>) -> usize {
        let number = self.deploys.len();
        self.deploys.push(DeployFacts {
            id: id(number),
            key: format!("run:{number}/1"),
            environment: EnvironmentId(Uuid::from_u128(environment)),
            class: match environment {
                STAGING => EnvironmentClass::Staging,
                _ => EnvironmentClass::Production,
            },
            sha: Some(sha(commit)),
            digest: None,
            version: Some(format!("v1.{commit}")),
            release_tag: None,
            stated_kind: None,
            stated_rollback_of: None,
            strategy: super::Strategy::Rolling,
            driven: false,
            events,
            corrections: vec![],
            incidents: vec![],
        });
        number
    }

    /// A good deploy to production, asked for at a minute and done two minutes later.
    pub(super) fn good(&mut self, commit: usize, minute: i64) -> usize {
        self.good_in(PRODUCTION, commit, minute)
    }

    pub(super) fn good_in(&mut self, environment: u128, commit: usize, minute: i64) -> usize {
        let events = vec![
            event(DeployState::Requested, minute),
            event(DeployState::Deploy, minute + 1),
            event(DeployState::Succeeded, minute + 2),
        ];
        self.add(environment, commit, events)
    }

    /// A canary that reached 5 % and was undone.
    pub(super) fn bad_canary(&mut self, commit: usize, minute: i64) -> usize {
        let step = DeployEvent {
            weight: Some(5),
            ..event(DeployState::Deploy, minute + 1)
        };
        let events = vec![
            event(DeployState::Requested, minute),
            step,
            event(DeployState::RollingBack, minute + 5),
            event(DeployState::RolledBack, minute + 6),
        ];
        self.add(PRODUCTION, commit, events)
    }

    pub(super) fn correct(&mut self, number: usize, statement: Statement) {
        self.deploys[number].corrections.push(statement);
    }

    pub(super) fn incident(&mut self, number: usize, detected: i64, mitigated: Option<i64>) {
        self.deploys[number].incidents.push(CauseIncident {
            detected_at: at(detected),
            mitigated_at: mitigated.map(at),
        });
    }

    pub(super) fn message(&mut self, commit: usize, message: &str) {
        self.messages.push((commit, message.to_owned()));
    }

    pub(super) fn facts(&self) -> ServiceFacts {
        let commits = (1..=COMMITS).map(|number| self.commit(number)).collect();
        let pushes = (1..=COMMITS)
            .map(|number| Push {
                before: sha(number - 1),
                after: sha(number),
                at: landed(number),
                commits: 1,
                forced: false,
            })
            .collect();
        ServiceFacts {
            deploys: self.deploys.clone(),
            mainline: Arc::new(Mainline::new(commits, pushes, self.pull_requests.clone(), vec![])),
            ..ServiceFacts::default()
        }
    }

    fn commit(&self, number: usize) -> Commit {
        let said = self.messages.iter().find(|(of, _)| *of == number);
        Commit {
            sha: sha(number),
            message: said.map_or_else(|| format!("Change {number}"), |(_, text)| text.clone()),
            authored_at: Some(landed(number) - TimeDelta::minutes(30)),
            author: None,
            paths: None,
            landed: Some(Landing {
                at: landed(number),
                push: sha(number),
                index: 0,
            }),
        }
    }

    pub(super) fn derived(&self, now: i64) -> ServiceDerived {
        derive(&self.facts(), at(now))
    }

    /// What follows for each deploy, a week after the example's beginning plus `now` minutes.
    pub(super) fn deploys(&self) -> Vec<DerivedDeploy> {
        self.derived(60 * 24 * 30).deploys
    }

    /// A pull request that a commit merged.
    pub(super) fn pull_request(&mut self, number: i64, commit: usize) -> &mut PullRequest {
        self.pull_requests.push(PullRequest {
            id: Uuid::from_u128(u128::try_from(number).unwrap()),
            number,
            title: format!("Pull request {number}"),
            body: String::new(),
            head_ref: "work".into(),
            labels: vec![],
            author: None,
            opened_at: landed(commit) - TimeDelta::minutes(60),
            ready_at: Some(landed(commit) - TimeDelta::minutes(50)),
            merged_at: landed(commit),
            merge_commit_sha: sha(commit),
            commits_known: false,
            first_commit_at: Some(landed(commit) - TimeDelta::minutes(90)),
            own_commits: vec![],
        });
        self.pull_requests.last_mut().unwrap()
    }
}

pub(super) fn landed(commit: usize) -> DateTime<Utc> {
    at(i64::try_from(commit).unwrap() - 1000)
}
