//! Which deploys a list shows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    deploys::{DeployKind, DeployState},
    environments::EnvironmentClass,
    ids::TeamId,
    page::{PAGE_SIZE, Position},
};

/// How a deploy ended, as a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeployOutcome {
    /// Not ended yet.
    InFlight,
    /// Good, and nothing was found wrong with it later.
    Good,
    /// A failed deployment: users felt it.
    Failed,
    /// It failed before any user saw it.
    PipelineFailure,
    /// It was undone, by itself or by a later one.
    RolledBack,
}

impl DeployOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [
        Self::InFlight,
        Self::Good,
        Self::Failed,
        Self::PipelineFailure,
        Self::RolledBack,
    ];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Good => "good",
            Self::Failed => "failed",
            Self::PipelineFailure => "pipeline_failure",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The outcome that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// The words of the filter.
    pub fn label(self) -> &'static str {
        match self {
            Self::InFlight => "in flight",
            Self::Good => "good",
            Self::Failed => "failed in use",
            Self::PipelineFailure => "failed before exposure",
            Self::RolledBack => "rolled back",
        }
    }
}

/// Which deploys a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployFilter {
    /// Slug of the service.
    pub service: Option<String>,
    /// Slug of the team that owns the service now.
    pub team: Option<String>,
    /// Only of services that these teams own now; of any where it is left out.
    pub teams: Option<Vec<TeamId>>,
    /// Name of the environment.
    pub environment: Option<String>,
    /// Class of the environment.
    pub class: Option<EnvironmentClass>,
    /// Where it stands.
    pub state: Option<DeployState>,
    /// Its kind.
    pub kind: Option<DeployKind>,
    /// How it ended.
    pub outcome: Option<DeployOutcome>,
    /// Asked for at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    pub to: Option<DateTime<Utc>>,
    /// Where the page starts.
    pub position: Position,
    /// Rows on the page.
    pub size: u32,
}

impl Default for DeployFilter {
    fn default() -> Self {
        Self {
            service: None,
            team: None,
            teams: None,
            environment: None,
            class: None,
            state: None,
            kind: None,
            outcome: None,
            from: None,
            to: None,
            position: Position::Start,
            size: PAGE_SIZE,
        }
    }
}
