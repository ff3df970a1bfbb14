//! One deploy with everything about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DeploySummary;
use crate::{
    deploys::{DeployState, corrections::Correction},
    incidents::Incident,
    people::{PersonRef, TeamRef},
};

/// One report about a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeployPhase {
    /// Which of its jobs says it.
    pub part: String,
    /// The state it reports.
    pub state: DeployState,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether users were exposed, where it was said.
    pub exposed: Option<bool>,
    /// Canary weight in percent.
    pub weight: Option<i16>,
    /// The sender's own words.
    pub note: Option<String>,
}

/// A change that a deploy brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeployChange {
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
    /// Its way to production, where this deploy delivered it.
    pub lead_time: Option<LeadTimeRow>,
}

/// The stages of a delivered change, in seconds; `None` is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadTimeRow {
    /// First commit → ready for review.
    pub coding: Option<f64>,
    /// Ready → merged.
    pub review: Option<f64>,
    /// Merged → deploy requested.
    pub queue: Option<f64>,
    /// At the gate.
    pub approval: Option<f64>,
    /// The rest.
    pub rollout: Option<f64>,
    /// First commit → full promotion.
    pub lead: Option<f64>,
    /// Merged → full promotion.
    pub delivery: Option<f64>,
    /// Names of what is not known.
    pub unknown: Vec<String>,
}

/// A deploy with everything about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeployDetail {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: DeploySummary,
    /// The sender's own words.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the environment answers.
    pub environment_url: Option<String>,
    /// `owner/name` of the repository.
    pub repository: Option<String>,
    /// `github`, `api`, or `fairway` where Fairway drives it.
    pub source: String,
    /// The team that owned the service at exposure.
    pub team: Option<TeamRef>,
    /// What ended its failure: `rollback`, `fix`, `incident`.
    pub restored_by: Option<String>,
    /// Everything reported, in order of time.
    pub phases: Vec<DeployPhase>,
    /// What it brought, oldest first.
    pub changes: Vec<DeployChange>,
    /// Why the changes are not all known.
    pub changes_unknown: Option<String>,
    /// What ran before it.
    pub replaces: Option<DeploySummary>,
    /// What took its place.
    pub replaced_by: Option<DeploySummary>,
    /// What it undoes.
    pub rollback_of: Option<DeploySummary>,
    /// What undid it.
    pub undone_by: Option<DeploySummary>,
    /// What this hotfix may fix: the latest counted deploy before it. It counts nowhere until a correction `fixes` says so.
    pub may_fix: Option<DeploySummary>,
    /// The later success that ended it while it was open.
    pub superseded_by: Option<DeploySummary>,
    /// What people said about it, oldest first, undone ones too.
    pub corrections: Vec<Correction>,
    /// What was said of it and is not followed, each with the reason: a trailer that names no earlier deploy, an incident
    /// that was detected before users saw it.
    pub ignored: Vec<String>,
    /// Incidents that name it as their cause.
    pub incidents: Vec<Incident>,
}
