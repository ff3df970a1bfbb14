//! Deploys: one attempt to take one release of a service to one environment, and what follows from what was reported.
//!
//! [`derive::derive`] is the heart of Fairway: a pure function from everything stored about a service to its deploy
//! history and lead-time rows. Facts in any order, any number of times, give the same answer.

mod corrected;
pub mod corrections;
mod delivery;
pub mod derive;
#[cfg(test)]
mod drill_scenarios;
pub mod drills;
pub mod drive;
#[cfg(test)]
mod example;
mod failures;
#[cfg(test)]
mod fix_scenarios;
pub mod fold;
pub mod health;
pub mod hints;
pub mod lead_time;
pub mod life;
mod lookup;
pub mod matching;
#[cfg(test)]
mod properties;
pub mod read;
pub mod record;
pub mod release_tags;
mod releases;
pub mod report;
#[cfg(test)]
mod scenarios;
mod state;
mod timeline;

pub use corrected::CorrectedRecord;
use serde::{Deserialize, Serialize};
pub use state::DeployState;

/// What kind of change a deploy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeployKind {
    /// New work.
    Normal,
    /// An unplanned repair.
    Hotfix,
    /// An older release takes the place of the running one.
    Rollback,
    /// The same release with other configuration.
    Config,
    /// The same release again.
    Retry,
    /// A rehearsal: the release before comes back, and goes again. Only Fairway says it, of what it drives itself.
    Drill,
}

impl DeployKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::Hotfix,
        Self::Rollback,
        Self::Config,
        Self::Retry,
        Self::Drill,
    ];

    /// What somebody may say that a deploy is. Whoever could call one a drill could keep it out of every figure.
    pub const STATED: [Self; 5] = [
        Self::Normal,
        Self::Hotfix,
        Self::Rollback,
        Self::Config,
        Self::Retry,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Hotfix => "hotfix",
            Self::Rollback => "rollback",
            Self::Config => "config",
            Self::Retry => "retry",
            Self::Drill => "drill",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind that somebody's word names.
    pub fn parse_stated(text: &str) -> Option<Self> {
        Self::STATED.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a release reaches its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Strategy {
    /// Instance by instance.
    #[default]
    Rolling,
    /// Two stacks and a switch.
    BlueGreen,
    /// A growing share of the traffic.
    Canary,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 3] = [Self::Rolling, Self::BlueGreen, Self::Canary];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::BlueGreen => "blue_green",
            Self::Canary => "canary",
        }
    }

    /// The strategy that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.as_str() == text)
    }
}

/// Why a counted deployment is a failed one. The first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FailureCause {
    /// A person said so.
    Correction,
    /// It was rolled back.
    RolledBack,
    /// It failed after users saw it.
    FailedAfterExposure,
    /// A confirmed incident names it as its cause.
    Incident,
    /// A later deploy reverts a change that it carried.
    Revert,
    /// A later deploy names it as what it fixes.
    Hotfix,
}

impl FailureCause {
    /// Every cause.
    pub const ALL: [Self; 6] = [
        Self::Correction,
        Self::RolledBack,
        Self::FailedAfterExposure,
        Self::Incident,
        Self::Revert,
        Self::Hotfix,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::RolledBack => "rolled_back",
            Self::FailedAfterExposure => "failed_after_exposure",
            Self::Incident => "incident",
            Self::Revert => "revert",
            Self::Hotfix => "hotfix",
        }
    }

    /// The cause that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// Why a deploy is not in the counted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NotCounted {
    /// Its environment is not of class production.
    NotProduction,
    /// Users never saw it.
    NotExposed,
    /// It is a rollback.
    Rollback,
    /// It is a rehearsal of one.
    Drill,
    /// This release already ran in production.
    AlreadyRan,
    /// A person excluded it.
    Excluded,
}

impl NotCounted {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::NotProduction,
        Self::NotExposed,
        Self::Rollback,
        Self::Drill,
        Self::AlreadyRan,
        Self::Excluded,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotProduction => "not_production",
            Self::NotExposed => "not_exposed",
            Self::Rollback => "rollback",
            Self::Drill => "drill",
            Self::AlreadyRan => "already_ran",
            Self::Excluded => "excluded",
        }
    }

    /// The reason that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }

    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotProduction => "Not counted: the environment is not of class production.",
            Self::NotExposed => "Not counted: users never saw it.",
            Self::Rollback => "Not counted: a rollback is not a deployment of new work.",
            Self::Drill => "Not counted: a rollback drill is a rehearsal.",
            Self::AlreadyRan => "Not counted: this release already ran in production.",
            Self::Excluded => "Not counted: excluded by a person.",
        }
    }
}
