//! Where a drive stands: its phases, and the ways in which it can end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::DeployState;

/// A phase of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Somebody asked for it.
    Requested,
    /// Evidence is gathered.
    Prepare,
    /// People decide on it.
    AwaitingApproval,
    /// The way back is secured.
    Backup,
    /// The executor works on one step of the weights.
    Deploy,
    /// That step is watched.
    Verify,
    /// It is being declared good.
    Confirm,
    /// Another drive undoes it.
    RollingBack,
}

impl Phase {
    /// Every phase, in the order of the loop.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Prepare,
        Self::AwaitingApproval,
        Self::Backup,
        Self::Deploy,
        Self::Verify,
        Self::Confirm,
        Self::RollingBack,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        self.state().as_str()
    }

    /// The phase that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }

    /// What the history calls it.
    pub fn state(self) -> DeployState {
        match self {
            Self::Requested => DeployState::Requested,
            Self::Prepare => DeployState::Prepare,
            Self::AwaitingApproval => DeployState::AwaitingApproval,
            Self::Backup => DeployState::Backup,
            Self::Deploy => DeployState::Deploy,
            Self::Verify => DeployState::Verify,
            Self::Confirm => DeployState::Confirm,
            Self::RollingBack => DeployState::RollingBack,
        }
    }

    /// Whether a drive in this phase holds the lease of its service and environment. Waiting for people does not keep others
    /// out, and a deploy that is rolled back has given it to its rollback.
    pub fn holds_lease(self) -> bool {
        matches!(self, Self::Backup | Self::Deploy | Self::Verify | Self::Confirm)
    }

    /// Whether the executor has an order in this phase, and reports what became of it.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Backup | Self::Deploy)
    }
}

/// How a drive can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Done and good.
    Succeeded,
    /// An approver said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Called off before users saw it.
    Cancelled,
    /// A later deploy reached the environment first.
    Superseded,
    /// Nothing was heard in time of what was ordered.
    Lost,
    /// It did not work.
    Failed,
    /// It was undone.
    RolledBack,
}

impl End {
    /// Every end.
    pub const ALL: [Self; 8] = [
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
        self.state().as_str()
    }

    /// The end that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == text)
    }

    /// What the history calls it.
    pub fn state(self) -> DeployState {
        match self {
            Self::Succeeded => DeployState::Succeeded,
            Self::Rejected => DeployState::Rejected,
            Self::Expired => DeployState::Expired,
            Self::Cancelled => DeployState::Cancelled,
            Self::Superseded => DeployState::Superseded,
            Self::Lost => DeployState::Lost,
            Self::Failed => DeployState::Failed,
            Self::RolledBack => DeployState::RolledBack,
        }
    }
}

/// Where a drive stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On its way.
    At(Place),
    /// Ended, and that for ever.
    Ended(End),
}

/// A phase with the round and step that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which phase.
    pub phase: Phase,
    /// How often it was prepared again.
    pub round: i16,
    /// Which step of the weights.
    pub step: i16,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Standing {
    /// The place of a drive on its way; `None` of one that ended.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::At(place) => Some(place),
            Self::Ended(_) => None,
        }
    }

    /// What the history calls it.
    pub fn state(&self) -> DeployState {
        match self {
            Self::At(place) => place.phase.state(),
            Self::Ended(end) => end.state(),
        }
    }

    /// Whether the drive is still on its way.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::At(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_deploy_is_a_phase_or_an_end() {
        for state in DeployState::ALL {
            let word = state.as_str();
            assert_ne!(Phase::parse(word).is_some(), End::parse(word).is_some(), "{word}");
            assert_eq!(End::parse(word).is_some(), state.is_final(), "{word}");
        }
    }
}
