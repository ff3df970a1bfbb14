//! One change: a merged pull request, or a default-branch commit without one.

use chrono::{DateTime, Utc};

use super::stored::{Commit, PullRequest};
use crate::{names::title_written_out, people::PersonRef};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `pr:<number>` or `commit:<sha>`: the identity within the repository.
    pub key: String,
    /// Row id of the pull request.
    pub pull_request: Option<uuid::Uuid>,
    /// Number of the pull request.
    pub number: Option<i64>,
    /// The commit on the default branch that brought it.
    pub sha: String,
    /// Title of the pull request, or first line of the commit message.
    pub title: String,
    /// All text that may carry a trailer or a revert mark: title, description, messages.
    pub text: String,
    /// Branch of the pull request.
    pub head_ref: Option<String>,
    /// Labels of the pull request.
    pub labels: Vec<String>,
    /// Author.
    pub author: Option<PersonRef>,
    /// Author time of the first commit.
    pub first_commit_at: Option<DateTime<Utc>>,
    /// When review could begin; for a commit without a pull request, when it landed.
    pub ready_at: Option<DateTime<Utc>>,
    /// When it reached the base branch.
    pub merged_at: Option<DateTime<Utc>>,
    /// Every sha by which it stands on the default branch.
    pub shas: Vec<String>,
    /// The shas of its branch, which another change may hold too.
    pub own_shas: Vec<String>,
    /// Paths that it touches; `None` is unknown and counts as everywhere.
    pub paths: Option<Vec<String>>,
    /// Whether asking for the pull request's commits may tell more.
    pub commits_wanted: bool,
}

/// The first seven characters of a sha.
pub fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

impl Change {
    pub(super) fn of_commit(commit: &Commit) -> Self {
        let landed_at = commit.landed.as_ref().map(|landing| landing.at);
        Self {
            key: format!("commit:{}", commit.sha),
            pull_request: None,
            number: None,
            sha: commit.sha.clone(),
            title: title_written_out(commit.message.lines().next().unwrap_or_default()),
            text: commit.message.clone(),
            head_ref: None,
            labels: Vec::new(),
            author: commit.author.clone(),
            first_commit_at: commit.authored_at,
            ready_at: landed_at,
            merged_at: landed_at,
            shas: vec![commit.sha.clone()],
            own_shas: Vec::new(),
            paths: commit.paths.clone(),
            commits_wanted: false,
        }
    }

    /// `landed` are the commits that it brought, oldest first; a squash or rebase of one commit hides its own.
    pub(super) fn of_pull_request(pr: &PullRequest, landed: &[&Commit]) -> Self {
        let own = landed.split_last().map_or(&[][..], |(_, own)| own);
        let first_landed = own.iter().map(|commit| commit.authored_at).min().flatten();
        let mut text = format!("{}\n{}", pr.title, pr.body);
        for message in landed
            .iter()
            .map(|commit| &commit.message)
            .chain(pr.own_commits.iter().map(|commit| &commit.message))
        {
            text.push('\n');
            text.push_str(message);
        }
        let mut shas: Vec<String> = landed.iter().map(|commit| commit.sha.clone()).collect();
        shas.push(pr.merge_commit_sha.clone());
        shas.dedup();
        let paths: Option<Vec<_>> = landed.iter().map(|commit| commit.paths.clone()).collect();
        Self {
            key: format!("pr:{}", pr.number),
            pull_request: Some(pr.id),
            number: Some(pr.number),
            sha: pr.merge_commit_sha.clone(),
            title: pr.title.clone(),
            text,
            head_ref: Some(pr.head_ref.clone()),
            labels: pr.labels.clone(),
            author: pr.author.clone(),
            first_commit_at: pr.first_commit_at.or(first_landed),
            ready_at: pr.ready_at,
            merged_at: Some(pr.merged_at),
            shas,
            own_shas: pr.own_commits.iter().map(|commit| commit.sha.clone()).collect(),
            paths: paths.filter(|_| !landed.is_empty()).map(|lists| lists.concat()),
            commits_wanted: !pr.commits_known,
        }
    }
}
