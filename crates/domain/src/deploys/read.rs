//! What readers of deploys see: lists, one deploy with everything about it, what runs where, and what waits for a match.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    DeployKind, DeployState, FailureCause, NotCounted, Strategy, corrections::Correction,
    matching::DeploymentTexts,
};
use crate::{
    changes::short,
    environments::EnvironmentClass,
    ids::{DeployId, ServiceId},
    incidents::Incident,
    page::{PAGE_SIZE, Position},
    people::{PersonRef, TeamRef},
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
    /// `github` or `api`.
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
    /// The later success that ended it while it was open.
    pub superseded_by: Option<DeploySummary>,
    /// What people said about it, oldest first, undone ones too.
    pub corrections: Vec<Correction>,
    /// Incidents that name it as their cause.
    pub incidents: Vec<Incident>,
}

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

/// Waiting deployments of one kind: the same repository, environment, workflow, task and payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedDeployments {
    /// GitHub's id of the newest one.
    pub github_id: i64,
    /// `owner/name`.
    pub repository: String,
    /// What rules compare.
    pub texts: DeploymentTexts,
    /// How many wait.
    pub count: i64,
    /// When the oldest was made.
    pub first_at: DateTime<Utc>,
    /// When the newest was made.
    pub last_at: DateTime<Utc>,
    /// Commit of the newest.
    pub sha: String,
    /// The repository's services.
    pub services: Vec<ServiceRef>,
}
