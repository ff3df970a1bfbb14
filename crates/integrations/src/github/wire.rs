//! GitHub's JSON as it arrives: webhook payloads, and the API answers that share their parts.
//!
//! Every field is optional, whatever GitHub's documentation says, and unknown ones are ignored: what a conversion cannot do
//! without is named there. Words such as states and actions stay text, so a new one is never an error.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A time as GitHub writes it: RFC 3339, or seconds since 1970 (`pushed_at` of push events). Git lets authors write
/// nonsense dates; what is no time is none.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc()),
        Value::Number(seconds) => seconds
            .as_i64()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        _ => None,
    }
    .filter(storable))
}

/// Whether PostgreSQL and a page can hold the time: years 1 to 9999.
fn storable(time: &DateTime<Utc>) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&time.year())
}

/// An account: a user, a bot or an organisation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct UserWire {
    pub id: Option<i64>,
    pub login: Option<String>,
    /// Old push events write an owner's login here.
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RepositoryWire {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub full_name: Option<String>,
    pub owner: Option<UserWire>,
    pub default_branch: Option<String>,
    pub private: Option<bool>,
    pub archived: Option<bool>,
    pub visibility: Option<String>,
    pub fork: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    pub pushed_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// What every payload has in common.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EnvelopeWire {
    pub action: Option<String>,
    pub repository: Option<RepositoryWire>,
    pub sender: Option<UserWire>,
}

impl EnvelopeWire {
    /// The event's action; empty for events that have none.
    pub fn action(&self) -> &str {
        self.action.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct PushWire {
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub forced: Option<bool>,
    pub commits: Option<Vec<PushCommitWire>>,
    pub head_commit: Option<PushCommitWire>,
}

/// A commit as push events list it. GitHub does not say whether `timestamp` is the author's or the committer's.
#[derive(Debug, Deserialize)]
pub(super) struct PushCommitWire {
    pub id: Option<String>,
    pub message: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub timestamp: Option<DateTime<Utc>>,
    pub author: Option<SignatureWire>,
    pub added: Option<Vec<String>>,
    pub removed: Option<Vec<String>>,
    pub modified: Option<Vec<String>>,
}

/// A git author or committer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SignatureWire {
    pub name: Option<String>,
    pub email: Option<String>,
    /// Login of the account that GitHub matched (push events).
    pub username: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub date: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequestEventWire {
    pub number: Option<i64>,
    pub pull_request: Option<PullRequestWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequestWire {
    pub node_id: Option<String>,
    pub number: Option<i64>,
    pub title: Option<String>,
    pub body: Option<String>,
    pub draft: Option<bool>,
    pub user: Option<UserWire>,
    pub head: Option<BranchWire>,
    pub base: Option<BranchWire>,
    pub labels: Option<Vec<LabelWire>>,
    pub merge_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub updated_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub merged_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub closed_at: Option<DateTime<Utc>>,
}

/// One side of a pull request; `repo` is null once a fork is deleted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct BranchWire {
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    pub sha: Option<String>,
    pub repo: Option<RepositoryWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LabelWire {
    pub name: Option<String>,
}

/// `deployment` and `deployment_status` events.
#[derive(Debug, Deserialize)]
pub(super) struct DeploymentEventWire {
    pub deployment: Option<DeploymentWire>,
    pub deployment_status: Option<DeploymentStatusWire>,
    pub workflow: Option<WorkflowWire>,
    pub workflow_run: Option<WorkflowRunWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentWire {
    pub id: Option<i64>,
    pub node_id: Option<String>,
    pub sha: Option<String>,
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    pub task: Option<String>,
    /// An object, or JSON in a string, or any string.
    pub payload: Option<Value>,
    pub environment: Option<String>,
    pub original_environment: Option<String>,
    pub description: Option<String>,
    pub creator: Option<UserWire>,
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentStatusWire {
    pub id: Option<i64>,
    pub state: Option<String>,
    pub description: Option<String>,
    pub environment_url: Option<String>,
    pub log_url: Option<String>,
    /// The older name of `log_url`.
    pub target_url: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct WorkflowWire {
    pub name: Option<String>,
    pub path: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WorkflowRunEventWire {
    pub workflow: Option<WorkflowWire>,
    pub workflow_run: Option<WorkflowRunWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WorkflowRunWire {
    pub id: Option<i64>,
    pub run_attempt: Option<i32>,
    pub name: Option<String>,
    pub display_title: Option<String>,
    pub path: Option<String>,
    pub head_sha: Option<String>,
    pub head_branch: Option<String>,
    pub event: Option<String>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub html_url: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub run_started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReleaseEventWire {
    pub release: Option<ReleaseWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReleaseWire {
    pub id: Option<i64>,
    pub tag_name: Option<String>,
    pub name: Option<String>,
    pub target_commitish: Option<String>,
    pub draft: Option<bool>,
    pub prerelease: Option<bool>,
    pub html_url: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub published_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// `repository` events.
#[derive(Debug, Deserialize)]
pub(super) struct RepositoryEventWire {
    pub changes: Option<RepositoryChangesWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RepositoryChangesWire {
    pub repository: Option<RenamedWire>,
    pub owner: Option<TransferredWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RenamedWire {
    pub name: Option<FormerNameWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FormerNameWire {
    pub from: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TransferredWire {
    pub from: Option<FormerOwnerWire>,
}

/// Exactly one of them is set.
#[derive(Debug, Deserialize)]
pub(super) struct FormerOwnerWire {
    pub user: Option<UserWire>,
    pub organization: Option<UserWire>,
}
