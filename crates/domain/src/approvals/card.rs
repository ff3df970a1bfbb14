//! The evidence card: what somebody sees before they decide. It is stored as it was seen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CanarySeen, Fact, FactName, FactValue, Facts, Release, Risk, RiskFacts};
use crate::{
    deploys::DeployState,
    ids::{DeployId, IncidentId},
};

/// What is known about a release at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceCard {
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// The artifact.
    pub release: Release,
    /// Hash of the configuration that goes with it.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub terraform_plan: Option<String>,
    /// How many changes it brings; where that is not known, why.
    pub changes: Fact<u32>,
    /// The pull requests among them.
    pub pull_requests: Vec<PullRequestSeen>,
    /// The commits among them that belong to no pull request.
    #[serde(default)]
    pub commits: Vec<CommitSeen>,
    /// How risky it is.
    pub risk: Risk,
    /// The facts that policies look at.
    pub facts: Facts,
    /// The last deploys of the service to this environment, newest first.
    pub last_deploys: Vec<PastRelease>,
    /// Open incidents of the service and of what it depends on.
    pub incidents: Vec<IncidentSeen>,
    /// The canaries of this release, the last of each environment, newest first.
    #[serde(default)]
    pub canaries: Vec<CanarySeen>,
}

/// A pull request of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestSeen {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
}

/// A commit of the release that belongs to no pull request. Who wrote it is not kept here, since people may be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitSeen {
    /// Its sha.
    pub sha: String,
    /// First line of its message.
    pub title: String,
}

/// A deploy that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRelease {
    /// Which.
    pub deploy: DeployId,
    /// Its version or the beginning of its sha.
    pub version: Option<String>,
    /// How it ended.
    pub state: DeployState,
    /// Whether it failed after users had it.
    pub failed: bool,
    /// When it was asked for.
    pub at: Option<DateTime<Utc>>,
}

/// An incident that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentSeen {
    /// Which.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// 1 to 4.
    pub severity: u8,
    /// Slug of the service that has it.
    pub service: String,
}

impl EvidenceCard {
    /// The card with what follows from what was gathered: the risk, and the facts that the gathered figures say.
    #[must_use]
    pub fn completed(mut self, has_previous: bool) -> Self {
        let changes = match &self.changes {
            Fact::Known(changes) => Some(*changes),
            Fact::Unknown { .. } => None,
        };
        self.risk = Risk::of(&RiskFacts {
            changes,
            has_previous,
        });
        self.facts = match &self.changes {
            Fact::Known(changes) => self
                .facts
                .with(FactName::Changes, FactValue::Number(f64::from(*changes))),
            Fact::Unknown { missing } => self.facts.without(FactName::Changes, missing.clone()),
        };
        let pinned = self.release.digest.is_some();
        self.facts = self.facts.with(FactName::Pinned, FactValue::Flag(pinned));
        self
    }
}
