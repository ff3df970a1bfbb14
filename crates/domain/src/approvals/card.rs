//! The evidence card: what somebody sees before they decide. It is stored as it was seen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CanarySeen, Course, Fact, FactName, FactValue, Facts, Release, Risk, RiskFacts};
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
    /// How it is carried out, where Fairway does that.
    #[serde(default)]
    pub course: Option<Course>,
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
    /// The last deploys of the service to this environment that ended, newest first.
    pub last_deploys: Vec<PastRelease>,
    /// Open incidents of the service and of what it depends on.
    pub incidents: Vec<IncidentSeen>,
    /// The canaries of this release, the last of each environment, newest first.
    #[serde(default)]
    pub canaries: Vec<CanarySeen>,
    /// Whether neither a person nor its name said what the environment is for, so that it was asked about as production is.
    #[serde(default)]
    pub is_unclassed: bool,
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
        // Of an image that is not named nobody knows how it will be; what the sender says of it counts first.
        if self.facts.value(FactName::Pinned).is_none() && self.release.digest.is_some() {
            self.facts = self.facts.with(FactName::Pinned, FactValue::Flag(true));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(digest: Option<&str>, facts: Facts) -> EvidenceCard {
        EvidenceCard {
            as_of: DateTime::UNIX_EPOCH,
            release: Release {
                digest: digest.map(str::to_owned),
                ..Release::default()
            },
            config: None,
            terraform_plan: None,
            course: None,
            changes: Fact::Known(1),
            pull_requests: Vec::new(),
            commits: Vec::new(),
            risk: Risk::High,
            facts,
            last_deploys: Vec::new(),
            incidents: Vec::new(),
            canaries: Vec::new(),
            is_unclassed: false,
        }
    }

    #[test]
    fn an_image_that_is_not_named_is_not_known_to_be_pinned() {
        let pinned = |card: EvidenceCard| card.completed(true).facts.value(FactName::Pinned).cloned();
        let flag = |flag| Some(FactValue::Flag(flag));
        assert_eq!(pinned(card(None, Facts::default())), None);
        assert_eq!(pinned(card(Some("sha256:1"), Facts::default())), flag(true));
        let mutable = Facts::default().with(FactName::Pinned, FactValue::Flag(false));
        assert_eq!(pinned(card(Some("sha256:1"), mutable)), flag(false));
    }
}
