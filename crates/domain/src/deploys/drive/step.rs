//! What happens next with a drive, and what is ordered outside because of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Prepared,
    phase::{End, Phase},
};
use crate::{approvals::Binding, deploys::report::NamedRelease, ids::DeployId};

/// The one thing that happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Stay {
        /// What it waits for, for people.
        why: String,
        /// When it is to be looked at again if nothing is heard before.
        until: DateTime<Utc>,
    },
    /// It goes on.
    Enter {
        /// Into this phase.
        phase: Phase,
        /// Of this round.
        round: i16,
        /// At this step of the weights.
        step: i16,
        /// What people decide on from here, where that is settled now.
        prepared: Option<Prepared>,
        /// What was known, for the record.
        evidence: Value,
        /// What is ordered.
        effects: Vec<Effect>,
    },
    /// Another drive undoes it, which takes its lease over.
    RollBack {
        /// Why.
        reason: Reason,
        /// To what.
        target: Target,
        /// What is ordered of this drive's own.
        effects: Vec<Effect>,
    },
    /// It is over.
    End {
        /// How.
        state: End,
        /// Why, for people.
        why: String,
        /// What was known, for the record.
        evidence: Value,
        /// What is ordered.
        effects: Vec<Effect>,
    },
}

impl Step {
    /// What is ordered.
    pub fn effects(&self) -> &[Effect] {
        match self {
            Self::Stay { .. } => &[],
            Self::Enter { effects, .. } | Self::RollBack { effects, .. } | Self::End { effects, .. } => {
                effects
            }
        }
    }

    /// Whether anything changes.
    pub fn moves(&self) -> bool {
        !matches!(self, Self::Stay { .. })
    }
}

/// Why a deploy is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Reason {
    /// Watching it found a violation.
    Verdict {
        /// What was found, for people.
        why: String,
        /// Samples, queries and thresholds as they were judged.
        detail: Value,
    },
    /// The executor failed after users saw it.
    Executor {
        /// Its words.
        why: String,
    },
    /// The executor was silent after users saw it.
    Silence,
    /// A person asked for it.
    Person {
        /// Why.
        why: String,
    },
}

impl Reason {
    /// A sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Verdict { why, .. } => format!("watching it found a violation: {why}"),
            Self::Executor { why } => format!("the executor failed after users saw it: {why}"),
            Self::Silence => "the executor said nothing in time, and users see it".to_owned(),
            Self::Person { why } => format!("a person asked for it: {why}"),
        }
    }
}

/// The release to go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The deploy that brought it.
    pub deploy: DeployId,
    /// What it is.
    pub release: TargetRelease,
}

/// A release as it is stored with a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRelease {
    /// Full commit sha.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
}

impl From<TargetRelease> for NamedRelease {
    fn from(release: TargetRelease) -> Self {
        Self {
            sha: release.sha,
            version: release.version,
            digest: release.digest,
        }
    }
}

/// Something that is ordered in the transaction of the step and happens after it. Each has the key of its phase and its own
/// name, so however often it is sent, it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Ask people for an approval that binds this.
    AskForApproval {
        /// What it binds.
        binding: Binding,
    },
    /// Void the approval that was given.
    VoidApproval {
        /// What changed.
        why: String,
    },
    /// Let the executor tag the running release and back the database up.
    TakeBackup,
    /// Let the executor bring the release to a share of the traffic.
    Dispatch {
        /// The share in percent.
        weight: i16,
    },
    /// Let the executor stop what it does, take away what users do not see, and send the share of a canary back.
    Stop,
    /// Watch a share of the traffic; at 0 the stack that has no users yet is smoke-tested.
    Watch {
        /// The share in percent.
        weight: i16,
    },
    /// Tag the release as stable.
    MarkStable,
    /// Wake a person.
    Page {
        /// Why.
        why: String,
    },
    /// Tell those who follow the service.
    Tell {
        /// What happened.
        what: String,
    },
}

impl Effect {
    /// Its own name within its phase.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AskForApproval { .. } => "ask_for_approval",
            Self::VoidApproval { .. } => "void_approval",
            Self::TakeBackup => "take_backup",
            Self::Dispatch { .. } => "dispatch",
            Self::Stop => "stop",
            Self::Watch { .. } => "watch",
            Self::MarkStable => "mark_stable",
            Self::Page { .. } => "page",
            Self::Tell { .. } => "tell",
        }
    }
}
