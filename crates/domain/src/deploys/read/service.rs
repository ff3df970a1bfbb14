//! What a service's page shows of its deploys: what runs where, what waits, and the marks of the channel.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DeploySummary;
use crate::people::PersonRef;

/// What runs in an environment of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunningRelease {
    /// The deploy that brought it, with the environment.
    pub deploy: DeploySummary,
    /// Since when it runs.
    pub since: DateTime<Utc>,
}

/// A change on the default branch that production does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingChange {
    /// `pr:<number>` or `commit:<sha>`.
    pub change: String,
    /// Number of the pull request.
    pub number: Option<i64>,
    /// Commit on the default branch.
    pub sha: Option<String>,
    /// Title or first line.
    pub title: String,
    /// Author.
    pub author: Option<PersonRef>,
    /// When it reached the default branch.
    pub merged_at: Option<DateTime<Utc>>,
}

/// The newest commit of a service's default branch, with how its workflow runs went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchHead {
    /// Full sha.
    pub sha: String,
    /// First line of the message.
    pub title: String,
    /// Author.
    pub author: Option<PersonRef>,
    /// When it reached the branch.
    pub landed_at: DateTime<Utc>,
    /// Workflow runs on it, the newest attempt of each.
    pub checks: Checks,
}

/// How the workflow runs of a commit went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Completed well (success, skipped, neutral).
    pub passed: u32,
    /// Completed otherwise.
    pub failed: u32,
    /// Not completed.
    pub running: u32,
}

impl Checks {
    /// Whether all are green; `None` while one still runs, unless another has failed, and where there is none.
    pub fn are_green(&self) -> Option<bool> {
        match (self.failed, self.running, self.passed) {
            (0, 0, 0) | (0, 1.., _) => None,
            (0, 0, _) => Some(true),
            _ => Some(false),
        }
    }
}

/// What the channel strip of a service draws, mark by mark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelFacts {
    /// Head of the default branch; `None` is unknown.
    pub head: Option<BranchHead>,
    /// What runs in staging.
    pub staging: Option<RunningRelease>,
    /// The production deploy that waits at the gate.
    pub approval: Option<DeploySummary>,
    /// The production deploy on its way, with the canary weight it has reached.
    pub rollout: Option<(DeploySummary, Option<i16>)>,
    /// What runs in production.
    pub production: Option<RunningRelease>,
}
