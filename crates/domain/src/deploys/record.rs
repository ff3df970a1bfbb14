//! What is written about a derived deploy: its columns, its changes and its lead-time rows, ready to store and compare.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    corrected::{self, CorrectedRecord},
    derive::{DeployFacts, DerivedDeploy, ServiceDerived, ServiceFacts, seconds},
    lead_time::lead_time,
};
use crate::{
    changes::{Change, Mainline},
    ids::{DeployId, PersonId, TeamId},
};

/// Derived columns of a deploy, and the rows below it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of its own, and they combine freely"
)]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeployRecord {
    /// Which deploy.
    pub id: DeployId,
    /// State's word.
    pub state: String,
    /// Kind's word.
    pub kind: String,
    /// First event.
    pub requested_at: Option<DateTime<Utc>>,
    /// First work.
    pub started_at: Option<DateTime<Utc>>,
    /// Time at the gate.
    pub approval_seconds: f64,
    /// First user.
    pub exposed_at: Option<DateTime<Utc>>,
    /// Every user.
    pub promoted_at: Option<DateTime<Utc>>,
    /// End.
    pub finished_at: Option<DateTime<Utc>>,
    /// What ran before.
    pub replaces: Option<DeployId>,
    /// What it undoes.
    pub rollback_of: Option<DeployId>,
    /// What ended it while it was open.
    pub superseded_by: Option<DeployId>,
    /// What undid it.
    pub rolled_back_by: Option<DeployId>,
    /// Owner at exposure.
    pub team_id: Option<TeamId>,
    /// In the counted set.
    pub counted: bool,
    /// Else the reason's word.
    pub not_counted_why: Option<String>,
    /// First promotion of all.
    pub baseline: bool,
    /// A failed deployment.
    pub failed: bool,
    /// The cause's word.
    pub failure_cause: Option<String>,
    /// First sign of the failure.
    pub failed_at: Option<DateTime<Utc>>,
    /// End of the failure.
    pub restored_at: Option<DateTime<Utc>>,
    /// What ended it.
    pub restored_by: Option<String>,
    /// Unplanned work.
    pub rework: bool,
    /// What an unnamed hotfix may fix. Left out where there is nothing, so that the fingerprints of all others stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_fix: Option<DeployId>,
    /// Tag of the release that gives it its version. Left out as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_tag: Option<String>,
    /// Corrected by a person.
    pub corrected: bool,
    /// Number of changes, where they can be known.
    pub change_count: Option<i32>,
    /// Why the changes are not all known.
    pub changes_unknown: Option<String>,
    /// What it brought to its environment, oldest first.
    pub changes: Vec<ChangeRecord>,
    /// The changes that it delivered, with their stages.
    pub lead_times: Vec<LeadTimeRecord>,
    /// What was said of it and is not followed. Left out as above, like the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Rows of figures that corrections changed, put in or took out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrected_rows: Vec<CorrectedRecord>,
}

/// A change as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// `pr:<number>` or `commit:<sha>`.
    pub change: String,
    /// Row of the pull request.
    pub pull_request_id: Option<Uuid>,
    /// Commit on the default branch.
    pub sha: String,
    /// Title or first line.
    pub title: String,
    /// Author, where mapped to a person.
    pub author_person_id: Option<PersonId>,
    /// Author's login or name.
    pub author_name: Option<String>,
    /// Whether a bot wrote it.
    pub by_bot: bool,
    /// When it reached the default branch.
    pub merged_at: Option<DateTime<Utc>>,
}

/// A delivered change with its stages in seconds; `None` is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadTimeRecord {
    /// The change.
    #[serde(flatten)]
    pub change: ChangeRecord,
    /// Author time of the first commit.
    pub first_commit_at: Option<DateTime<Utc>>,
    /// When review could begin.
    pub ready_at: Option<DateTime<Utc>>,
    /// Full promotion.
    pub promoted_at: DateTime<Utc>,
    /// First commit → ready.
    pub coding_seconds: Option<f64>,
    /// Ready → merged.
    pub review_seconds: Option<f64>,
    /// Merged → requested.
    pub queue_seconds: Option<f64>,
    /// At the gate.
    pub approval_seconds: Option<f64>,
    /// The rest.
    pub rollout_seconds: Option<f64>,
    /// First commit → promotion.
    pub lead_seconds: Option<f64>,
    /// Merged → promotion.
    pub delivery_seconds: Option<f64>,
    /// Names of what is not known.
    pub unknown: Vec<String>,
}

impl ChangeRecord {
    /// The record of a change.
    pub fn of(change: &Change) -> Self {
        let author = change.author.as_ref();
        Self {
            change: change.key.clone(),
            pull_request_id: change.pull_request,
            sha: change.sha.clone(),
            title: change.title.clone(),
            author_person_id: author.and_then(|author| author.id),
            author_name: author.map(|author| author.name.clone()),
            by_bot: author.is_some_and(|author| author.is_bot),
            merged_at: change.merged_at,
        }
    }
}

impl LeadTimeRecord {
    fn of(change: &Change, deploy: &DerivedDeploy) -> Option<Self> {
        let stages = lead_time(change, &deploy.folded);
        Some(Self {
            change: ChangeRecord::of(change),
            first_commit_at: change.first_commit_at,
            ready_at: change.ready_at,
            promoted_at: deploy.folded.promoted_at?,
            coding_seconds: stages.coding,
            review_seconds: stages.review,
            queue_seconds: stages.queue,
            approval_seconds: stages.approval,
            rollout_seconds: stages.rollout,
            lead_seconds: stages.lead,
            delivery_seconds: stages.delivery,
            unknown: stages.unknown.into_iter().map(str::to_owned).collect(),
        })
    }
}

impl DeployRecord {
    fn of(
        line: &Mainline,
        (facts, deploy): (&DeployFacts, &DerivedDeploy),
        corrected_rows: Vec<CorrectedRecord>,
    ) -> Self {
        let folded = &deploy.folded;
        let count = i32::try_from(deploy.changes.len()).ok();
        Self {
            id: deploy.id,
            state: folded.state.as_str().to_owned(),
            kind: deploy.kind.as_str().to_owned(),
            requested_at: folded.requested_at,
            started_at: folded.started_at,
            approval_seconds: seconds(folded.approval_wait),
            exposed_at: folded.exposed_at,
            promoted_at: folded.promoted_at,
            finished_at: folded.finished_at,
            replaces: deploy.replaces,
            rollback_of: deploy.rollback_of,
            superseded_by: deploy.superseded_by,
            rolled_back_by: deploy.rolled_back_by,
            team_id: deploy.team,
            counted: deploy.counted.is_ok(),
            not_counted_why: deploy.counted.err().map(|why| why.as_str().to_owned()),
            baseline: deploy.baseline,
            failed: deploy.failure.is_some(),
            failure_cause: deploy.failure.map(|cause| cause.as_str().to_owned()),
            failed_at: deploy.failed_at,
            restored_at: deploy.restored.map(|(at, _)| at),
            restored_by: deploy.restored.map(|(_, by)| by.to_owned()),
            rework: deploy.rework,
            may_fix: deploy.may_fix,
            release_tag: facts.release_tag.clone(),
            corrected: deploy.corrected,
            change_count: count.filter(|_| deploy.changes_known),
            changes_unknown: deploy.unknown.first().map(|unknown| unknown.why.clone()),
            changes: deploy
                .changes
                .iter()
                .map(|change| ChangeRecord::of(line.change(*change)))
                .collect(),
            lead_times: deploy
                .delivered
                .iter()
                .filter_map(|change| LeadTimeRecord::of(line.change(*change), deploy))
                .collect(),
            ignored: deploy.ignored.clone(),
            corrected_rows,
        }
    }
}

/// The records of a service's deploys, in the order of its facts.
pub fn records(facts: &ServiceFacts, derived: &ServiceDerived) -> Vec<DeployRecord> {
    facts
        .deploys
        .iter()
        .zip(&derived.deploys)
        .zip(corrected::rows(facts, derived))
        .map(|(of, corrected)| DeployRecord::of(&facts.mainline, of, corrected))
        .collect()
}
