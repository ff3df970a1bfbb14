//! The states of a deploy: the loop from asking to done, and every way in which it can end.

use serde::{Deserialize, Serialize};

/// Where a deploy stands in the loop, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeployState {
    /// Somebody or something asked for it.
    Requested,
    /// Evidence is gathered.
    Prepare,
    /// People decide.
    AwaitingApproval,
    /// The way back is secured.
    Backup,
    /// The executor works.
    Deploy,
    /// It is watched.
    Verify,
    /// It is being declared good.
    Confirm,
    /// It is being undone.
    RollingBack,
    /// Done and good.
    Succeeded,
    /// An approver said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Called off.
    Cancelled,
    /// A later deploy reached the environment first.
    Superseded,
    /// Nothing was heard of it for 24 hours.
    Lost,
    /// It did not work.
    Failed,
    /// It was undone.
    RolledBack,
}

impl DeployState {
    /// Every state, in the order of the loop.
    pub const ALL: [Self; 16] = [
        Self::Requested,
        Self::Prepare,
        Self::AwaitingApproval,
        Self::Backup,
        Self::Deploy,
        Self::Verify,
        Self::Confirm,
        Self::RollingBack,
        Self::Succeeded,
        Self::Rejected,
        Self::Expired,
        Self::Cancelled,
        Self::Superseded,
        Self::Lost,
        Self::Failed,
        Self::RolledBack,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Prepare => "prepare",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Backup => "backup",
            Self::Deploy => "deploy",
            Self::Verify => "verify",
            Self::Confirm => "confirm",
            Self::RollingBack => "rolling_back",
            Self::Succeeded => "succeeded",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Lost => "lost",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The state that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing more is expected.
    pub fn is_final(self) -> bool {
        self >= Self::Succeeded
    }

    /// What a GitHub deployment status means; `inactive` and unknown words mean nothing.
    pub fn of_github(status: &str) -> Option<Self> {
        match status {
            "queued" | "pending" => Some(Self::Requested),
            "waiting" => Some(Self::AwaitingApproval),
            "in_progress" => Some(Self::Deploy),
            "success" => Some(Self::Succeeded),
            "failure" | "error" => Some(Self::Failed),
            _ => None,
        }
    }
}
