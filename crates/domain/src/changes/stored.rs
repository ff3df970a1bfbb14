//! What is stored of commits, pushes and pull requests, as far as changes need it.

use chrono::{DateTime, Utc};

use crate::people::PersonRef;

/// A stored commit, as far as changes need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Full sha.
    pub sha: String,
    /// Whole message.
    pub message: String,
    /// Author date.
    pub authored_at: Option<DateTime<Utc>>,
    /// Author.
    pub author: Option<PersonRef>,
    /// Paths that it touches; `None` is unknown.
    pub paths: Option<Vec<String>>,
    /// Its place on the default branch: the push's head sha and the index in the push, where a push brought it.
    pub landed: Option<Landing>,
}

/// Where a commit landed on the default branch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Landing {
    /// Time of the push.
    pub at: DateTime<Utc>,
    /// Head of the branch after the push.
    pub push: String,
    /// Index of the commit in the push, oldest first.
    pub index: i32,
}

/// A stored push to the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Head before.
    pub before: String,
    /// Head after.
    pub after: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Number of commits that it listed.
    pub commits: i32,
    /// Whether it rewrote history: what lay before it is not known any more.
    pub forced: bool,
}

/// A stored pull request, as far as changes need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Row id, to join.
    pub id: uuid::Uuid,
    /// Number in the repository.
    pub number: i64,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Branch that it came from.
    pub head_ref: String,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Author.
    pub author: Option<PersonRef>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it became ready for review.
    pub ready_at: Option<DateTime<Utc>>,
    /// When it was merged.
    pub merged_at: DateTime<Utc>,
    /// The commit that put it on its base branch.
    pub merge_commit_sha: String,
    /// Whether its own commits were asked for and answered.
    pub commits_known: bool,
    /// Author time of its first own commit, once its commits are known.
    pub first_commit_at: Option<DateTime<Utc>>,
    /// Its own commits, oldest first, once known.
    pub own_commits: Vec<OwnCommit>,
}

/// A commit of a pull request's branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCommit {
    /// Full sha.
    pub sha: String,
    /// Whole message.
    pub message: String,
    /// Author date.
    pub authored_at: Option<DateTime<Utc>>,
}

/// An answer of the compare API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedRange {
    /// From (excluded).
    pub base: String,
    /// To (included).
    pub head: String,
    /// What head has and base has not, oldest first.
    pub shas: Vec<String>,
}
