//! The evidence card: what somebody sees before they decide. It is stored as it was seen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CanarySeen, Course, Fact, FactName, FactValue, Facts, Release, Risk, RiskFacts};
use crate::{
    deploys::{
        DeployState,
        drive::evidence::{Finding, Item},
    },
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
    /// What is known of the image, where something else carries it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image: Vec<(Item, Finding)>,
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

/// Why nothing that is known of a commit counts for an image that a person typed.
const TYPED: &str = "its image was typed by hand, and no source says that it was built from this commit";

impl EvidenceCard {
    /// What was found of an item.
    pub fn finding(&self, item: Item) -> Option<&Finding> {
        let found = match &self.course {
            Some(course) => course.findings.findings(),
            None => self.image.as_slice(),
        };
        let mut found = found.iter().filter(|(of, _)| *of == item);
        found.next().map(|(_, finding)| finding)
    }

    /// Whether the image is one that a person typed: what is known of the commit says nothing of it.
    pub fn has_typed_image(&self) -> bool {
        self.finding(Item::Digest).is_some_and(Finding::is_by_hand)
    }

    /// Whether whoever saw an earlier card saw all that is known to be wrong now, in the same words.
    pub fn is_no_worse_than(&self, earlier: &Self) -> bool {
        let mut all = Item::ALL.into_iter();
        all.all(|item| earlier.shows_wrong(item, self.finding(item)))
    }

    /// Whether whoever saw this card saw what is wrong with a finding of an item, in the same words.
    pub fn shows_wrong(&self, item: Item, found: Option<&Finding>) -> bool {
        let wrong = found.and_then(Finding::wrong);
        wrong.is_none() || wrong == self.finding(item).and_then(Finding::wrong)
    }

    /// The card with what follows from what was gathered: the risk, and the facts that the gathered figures say.
    #[must_use]
    pub fn completed(mut self, has_previous: bool) -> Self {
        let is_typed = self.has_typed_image();
        if is_typed {
            self.changes = Fact::Unknown {
                missing: TYPED.to_owned(),
            };
            self.facts = self.facts.without(FactName::Pinned, TYPED);
            for name in [FactName::ChecksGreen, FactName::SucceededUpstream] {
                if self.facts.value(name) == Some(&FactValue::Flag(true)) {
                    self.facts = self.facts.without(name, TYPED);
                }
            }
        }
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
        if !is_typed && self.facts.value(FactName::Pinned).is_none() && self.release.digest.is_some() {
            self.facts = self.facts.with(FactName::Pinned, FactValue::Flag(true));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deploys::{Strategy, drive::Weights};

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
            image: Vec::new(),
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
    fn what_is_known_of_a_commit_says_nothing_of_an_image_that_somebody_typed() {
        let green = Facts::default()
            .with(FactName::ChecksGreen, FactValue::Flag(true))
            .with(FactName::SucceededUpstream, FactValue::Flag(true));
        let completed = |digest: Finding| {
            let course = Course {
                strategy: Strategy::Rolling,
                weights: Weights::of(Strategy::Rolling),
                findings: serde_json::from_value(json!([[Item::Digest, digest]])).unwrap(),
            };
            let card = EvidenceCard {
                course: Some(course),
                ..card(Some("sha256:1"), green.clone())
            };
            card.completed(true)
        };
        let known = completed(Finding::good("sha256:1"));
        assert_eq!((known.risk, &known.changes), (Risk::Low, &Fact::Known(1)));
        let typed = completed(Finding::good("sha256:1").said_by_hand());
        assert_eq!(typed.risk, Risk::High);
        for name in [
            FactName::Pinned,
            FactName::ChecksGreen,
            FactName::SucceededUpstream,
            FactName::Changes,
        ] {
            assert!(known.facts.value(name).is_some(), "{name}");
            assert_eq!(typed.facts.missing(name), Some(TYPED), "{name}");
        }
        assert_eq!(typed.clone().completed(true), typed);
        let elsewhere = EvidenceCard {
            image: vec![(Item::Digest, Finding::good("sha256:1").said_by_hand())],
            ..card(Some("sha256:1"), green.clone())
        };
        let elsewhere = elsewhere.completed(true);
        assert_eq!(
            (elsewhere.risk, elsewhere.facts),
            (typed.risk, typed.facts),
            "whoever carries it out"
        );
    }

    #[test]
    fn what_is_known_to_be_wrong_has_to_stand_on_the_earlier_card() {
        let of = |image: Vec<(Item, Finding)>| EvidenceCard {
            image,
            ..card(Some("sha256:1"), Facts::default())
        };
        let bad = |why: &str| of(vec![(Item::Scan, Finding::bad(why))]);
        let good = of(vec![(Item::Scan, Finding::good("Trivy"))]);
        assert!(good.is_no_worse_than(&of(Vec::new())));
        assert!(good.is_no_worse_than(&bad("CVE-2026-1")));
        assert!(bad("CVE-2026-1").is_no_worse_than(&bad("CVE-2026-1")));
        for earlier in [good, of(Vec::new()), bad("CVE-2026-2")] {
            assert!(!bad("CVE-2026-1").is_no_worse_than(&earlier));
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
