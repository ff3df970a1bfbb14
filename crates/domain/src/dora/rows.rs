//! The rows behind a figure: they add up to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Metric, STAGES};
use crate::{
    deploys::{DeployKind, FailureCause},
    ids::DeployId,
    people::TeamRef,
};

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSet {
    /// Every counted deployment.
    Counted,
    /// Changes with a known lead time.
    Changes,
    /// Changes whose first commit is not known.
    UnknownChanges,
    /// Counted deployments exposed at least 24 h ago.
    Mature,
    /// Of the mature, failed.
    Failed,
    /// Counted deployments exposed less than 24 h ago.
    Immature,
    /// Failed and restored.
    Restored,
    /// Failed and not restored.
    Open,
    /// Unplanned.
    Rework,
}

impl RowSet {
    /// Every set.
    pub const ALL: [Self; 9] = [
        Self::Counted,
        Self::Changes,
        Self::UnknownChanges,
        Self::Mature,
        Self::Failed,
        Self::Immature,
        Self::Restored,
        Self::Open,
        Self::Rework,
    ];

    /// The sets of a metric; the first is what its value is made of.
    pub fn of(metric: Metric) -> &'static [Self] {
        match metric {
            Metric::Frequency => &[Self::Counted],
            Metric::LeadTime => &[Self::Changes, Self::UnknownChanges],
            Metric::ChangeFailRate => &[Self::Failed, Self::Mature, Self::Immature],
            Metric::Recovery => &[Self::Restored, Self::Open],
            Metric::Rework => &[Self::Rework, Self::Counted],
        }
    }

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Changes => "changes",
            Self::UnknownChanges => "unknown",
            Self::Mature => "mature",
            Self::Failed => "failed",
            Self::Immature => "immature",
            Self::Restored => "restored",
            Self::Open => "open",
            Self::Rework => "rework",
        }
    }

    /// The set that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.as_str() == text)
    }

    /// What the rows are, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Counted => "Counted deployments",
            Self::Changes => "Changes with a lead time",
            Self::UnknownChanges => "First commit unknown",
            Self::Mature => "Cohort: exposed at least 24 h ago",
            Self::Failed => "Failed deployments",
            Self::Immature => "Exposed less than 24 h ago",
            Self::Restored => "Restored",
            Self::Open => "Not restored yet",
            Self::Rework => "Unplanned deployments",
        }
    }

    /// Whether the rows are changes; otherwise they are deploys.
    pub fn is_of_changes(self) -> bool {
        matches!(self, Self::Changes | Self::UnknownChanges)
    }
}

/// A deployment behind a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeployRow {
    /// Which deploy.
    pub id: DeployId,
    /// Slug of its service.
    pub service: String,
    /// Title of its service.
    pub service_title: String,
    /// The team that owned the service at exposure.
    pub team: Option<TeamRef>,
    /// Version, where one was reported.
    pub version: Option<String>,
    /// Commit.
    pub sha: Option<String>,
    /// Kind.
    pub kind: DeployKind,
    /// When users first saw it.
    pub exposed_at: DateTime<Utc>,
    /// Why it is a failed one.
    pub failure: Option<FailureCause>,
    /// First sign of the failure.
    pub failed_at: Option<DateTime<Utc>>,
    /// End of the failure.
    pub restored_at: Option<DateTime<Utc>>,
    /// What restored it: `rollback`, `fix`, `incident`.
    pub restored_by: Option<String>,
    /// Exposure → restored, seconds.
    pub recovery: Option<f64>,
    /// Unplanned.
    pub rework: bool,
    /// Whether a person corrected it.
    pub corrected: bool,
}

/// A change behind the lead time. Seconds; `None` is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeRow {
    /// The deploy that carried it to production.
    pub deploy: DeployId,
    /// `pr:<number>` or `commit:<sha>`.
    pub change: String,
    /// Its title.
    pub title: String,
    /// Its author's name.
    pub author: Option<String>,
    /// Whether the author is a bot.
    pub by_bot: bool,
    /// Slug of the service.
    pub service: String,
    /// Title of the service.
    pub service_title: String,
    /// The owner at exposure.
    pub team: Option<TeamRef>,
    /// First commit.
    pub first_commit_at: Option<DateTime<Utc>>,
    /// Merge.
    pub merged_at: Option<DateTime<Utc>>,
    /// Full promotion.
    pub promoted_at: DateTime<Utc>,
    /// First commit → full promotion.
    pub lead: Option<f64>,
    /// Merged → full promotion.
    pub delivery: Option<f64>,
    /// In the order of [`super::Stage::ALL`].
    pub stages: [Option<f64>; STAGES],
    /// Names of what is not known.
    pub unknown: Vec<String>,
    /// Whether a person corrected its deploy.
    pub corrected: bool,
}
