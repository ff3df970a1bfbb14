//! What outside systems reported, in Fairway's words: the facts that everything else is derived from.
//!
//! A fact says only what its sender said. Times are the sender's. What was not said is `None`.

mod protection;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::protection::ProtectionRuleFact;

/// A GitHub user or bot as an event names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PersonFact {
    /// GitHub's numeric id: the identity.
    pub github_id: i64,
    /// Login at the time.
    pub login: String,
    /// Whether GitHub calls it a bot.
    pub is_bot: bool,
}

/// A repository as an event names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFact {
    /// GitHub's numeric id: the identity; names change.
    pub github_id: i64,
    /// Owner's login.
    pub owner: String,
    /// Name without the owner.
    pub name: String,
    /// Name of the default branch.
    pub default_branch: Option<String>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// Whether it is archived.
    pub archived: Option<bool>,
    /// When its name, owner or settings last changed: orders what events say about them.
    pub updated_at: Option<DateTime<Utc>>,
}

impl RepositoryFact {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// What happened to a repository itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepositoryChange {
    /// It was created, or some setting changed: only the repository fact matters.
    Seen,
    /// It has a new name; this was the old one.
    Renamed {
        /// The former name without the owner.
        from: String,
    },
    /// It has a new owner; this was the old one.
    Transferred {
        /// The former owner's login.
        from: String,
    },
    /// It was archived.
    Archived,
    /// It is no longer archived.
    Unarchived,
    /// It was deleted.
    Deleted,
}

/// Who wrote a commit, as git and GitHub know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorFact {
    /// The GitHub account, where GitHub matched one.
    pub person: Option<PersonFact>,
    /// Login alone, as push events give it.
    pub login: Option<String>,
    /// Name in git; never used to match a person.
    pub name: Option<String>,
    /// E-mail in git, in lower case.
    pub email: Option<String>,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitFact {
    /// Full sha.
    pub sha: String,
    /// Whole message.
    pub message: String,
    /// Author date.
    pub authored_at: Option<DateTime<Utc>>,
    /// Committer date.
    pub committed_at: Option<DateTime<Utc>>,
    /// Author.
    pub author: AuthorFact,
    /// Paths that it adds, removes or changes; `None` where the sender does not list them.
    pub paths: Option<Vec<String>>,
}

/// A push to a branch or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushFact {
    /// Full ref, for example `refs/heads/main`.
    pub git_ref: String,
    /// Head before; all zeros for a new ref.
    pub before: String,
    /// Head after; all zeros for a deleted ref.
    pub after: String,
    /// When the push was made.
    pub pushed_at: DateTime<Utc>,
    /// Whether it rewrote history.
    pub forced: bool,
    /// The commits that it brought, oldest first (GitHub lists at most 2,048).
    pub commits: Vec<CommitFact>,
}

/// A pull request as an event describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestFact {
    /// The event's action: `opened`, `synchronize`, `closed` …
    pub action: String,
    /// Number in the repository.
    pub number: i64,
    /// Title.
    pub title: String,
    /// Description; empty when there is none.
    pub body: String,
    /// Whether it is a draft now.
    pub draft: bool,
    /// Author.
    pub author: Option<PersonFact>,
    /// Branch that it comes from.
    pub head_ref: String,
    /// Head commit.
    pub head_sha: String,
    /// Whether the branch lives in another repository.
    pub from_fork: bool,
    /// Branch that it goes to.
    pub base_ref: String,
    /// Commit that put it on the base branch; only meaningful once merged.
    pub merge_commit_sha: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When GitHub last changed it: orders the events of one pull request.
    pub updated_at: DateTime<Utc>,
    /// When it was merged.
    pub merged_at: Option<DateTime<Utc>>,
    /// When it was closed, merged or not.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A workflow run's identity: run id and attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFact {
    /// GitHub's run id.
    pub id: i64,
    /// Attempt, from 1; lists of deployments do not say it.
    pub attempt: Option<i32>,
    /// Workflow's name.
    pub name: Option<String>,
    /// Workflow file's path.
    pub path: Option<String>,
}

/// A GitHub deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentFact {
    /// GitHub's id.
    pub github_id: i64,
    /// Environment name as sent.
    pub environment: String,
    /// Full sha.
    pub sha: String,
    /// Branch, tag or sha that was asked for.
    pub git_ref: String,
    /// `deploy` by default.
    pub task: Option<String>,
    /// The sender's own data, as JSON.
    pub payload: serde_json::Value,
    /// The sender's own words.
    pub description: Option<String>,
    /// Who made it.
    pub creator: Option<PersonFact>,
    /// The run that made it, where Actions did.
    pub run: Option<RunFact>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When GitHub last changed it.
    pub updated_at: DateTime<Utc>,
}

/// A status of a GitHub deployment, with the deployment that it belongs to (GitHub always sends both).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentStatusFact {
    /// GitHub's id.
    pub github_id: i64,
    /// `error failure inactive in_progress queued pending success waiting`, or a newer word.
    pub state: String,
    /// The sender's own words.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the environment answers.
    pub environment_url: Option<String>,
    /// When it was set.
    pub created_at: DateTime<Utc>,
    /// The deployment.
    pub deployment: DeploymentFact,
}

/// A GitHub release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFact {
    /// GitHub's id.
    pub github_id: i64,
    /// Its tag.
    pub tag: String,
    /// Its title.
    pub name: Option<String>,
    /// Branch or sha that the tag was made from.
    pub target: String,
    /// Not yet public.
    pub draft: bool,
    /// Not yet meant for everyone.
    pub prerelease: bool,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When GitHub last changed it, where it says so: orders the events of one release.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its page.
    pub url: Option<String>,
    /// Deleted on GitHub.
    pub deleted: bool,
}

/// A workflow run's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRunFact {
    /// Which run and attempt.
    pub run: RunFact,
    /// What it is called: its workflow's `run-name`, else what started it.
    pub title: Option<String>,
    /// Commit that it ran on.
    pub head_sha: String,
    /// Branch that it ran on.
    pub head_branch: Option<String>,
    /// What started it: `push`, `pull_request`, `workflow_dispatch` …
    pub event: Option<String>,
    /// `queued in_progress completed waiting …`
    pub status: String,
    /// `success failure cancelled skipped …` once completed.
    pub conclusion: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// When this attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When GitHub last changed it.
    pub updated_at: DateTime<Utc>,
}

/// What one delivery says, once understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The repository it is about.
    pub repository: Option<RepositoryFact>,
    /// Who caused the event.
    pub sender: Option<PersonFact>,
    /// What happened.
    pub event: ObservedEvent,
}

/// The events that Fairway uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ObservedEvent {
    /// GitHub says hello to a new webhook.
    Ping,
    /// Something about the repository itself.
    Repository(RepositoryChange),
    /// Commits arrived.
    Push(PushFact),
    /// A pull request changed.
    PullRequest(Box<PullRequestFact>),
    /// A deployment was made.
    Deployment(Box<DeploymentFact>),
    /// A deployment has a new status.
    DeploymentStatus(Box<DeploymentStatusFact>),
    /// A deployment waits for a protection rule.
    ProtectionRule(Box<ProtectionRuleFact>),
    /// A workflow run changed.
    WorkflowRun(Box<WorkflowRunFact>),
    /// A release changed.
    Release(ReleaseFact),
}
