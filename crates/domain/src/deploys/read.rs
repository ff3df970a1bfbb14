//! What readers of deploys see: lists, one deploy with everything about it, what runs where, and what waits for a match.

mod detail;
mod filter;
mod service;
mod unmatched;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use detail::{DeployChange, DeployDetail, DeployPhase, LeadTimeRow};
pub use filter::{DeployFilter, DeployOutcome};
pub use service::{BranchHead, ChannelFacts, Checks, RunningRelease, WaitingChange};
pub use unmatched::UnmatchedDeployments;

use super::{DeployKind, DeployState, FailureCause, NotCounted, Strategy};
use crate::{
    changes::short,
    environments::EnvironmentClass,
    ids::{ApprovalId, DeployId, ServiceId},
    people::PersonRef,
};

/// A service, short enough for a table cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceRef {
    /// Which service.
    pub id: ServiceId,
    /// Its slug: the page's address.
    pub slug: String,
    /// Title, else the name.
    pub title: String,
}

/// A deploy as lists show it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of its own, and they combine freely"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeploySummary {
    /// Which deploy.
    pub id: DeployId,
    /// Whose.
    pub service: ServiceRef,
    /// Name of the environment.
    pub environment: String,
    /// What that is for.
    pub class: EnvironmentClass,
    /// Where it stands.
    pub state: DeployState,
    /// Its kind.
    pub kind: DeployKind,
    /// How it reaches its users.
    pub strategy: Strategy,
    /// Commit.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// First work.
    pub started_at: Option<DateTime<Utc>>,
    /// Time at the gate, in seconds.
    pub approval_seconds: Option<f64>,
    /// First user.
    pub exposed_at: Option<DateTime<Utc>>,
    /// Every user.
    pub promoted_at: Option<DateTime<Utc>>,
    /// End.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub initiator: Option<PersonRef>,
    /// Number of changes; `None` is unknown.
    pub change_count: Option<i32>,
    /// Whether it is in the counted set.
    pub counted: bool,
    /// Why it is not.
    pub not_counted_why: Option<NotCounted>,
    /// First promotion of the service.
    pub baseline: bool,
    /// Whether it is a failed deployment.
    pub failed: bool,
    /// Why.
    pub failure_cause: Option<FailureCause>,
    /// First sign of the failure.
    pub failed_at: Option<DateTime<Utc>>,
    /// End of the failure.
    pub restored_at: Option<DateTime<Utc>>,
    /// Unplanned work.
    pub rework: bool,
    /// Corrected by a person.
    pub corrected: bool,
    /// What undid it.
    pub rolled_back_by: Option<DeployId>,
    /// The request without whose decision an admin let it go on.
    pub bypassed: Option<ApprovalId>,
}

impl DeploySummary {
    /// What to call the release: its version, else the short sha, else the beginning of the digest.
    pub fn release(&self) -> String {
        let digest = || {
            let digest = self.digest.as_deref()?.strip_prefix("sha256:")?;
            digest.get(..12).map(str::to_owned)
        };
        self.version
            .clone()
            .or_else(|| self.sha.as_deref().map(|sha| short(sha).to_owned()))
            .or_else(digest)
            .unwrap_or_else(|| "unknown release".to_owned())
    }

    /// Whether more is expected to happen.
    pub fn is_open(&self) -> bool {
        !self.state.is_final()
    }
}
