//! The commits of a branch, newest first, each with its parents.

use domain::facts::CommitFact;

use super::Listed;
use crate::github::{
    answers::{CommitWire, commit_facts},
    client::GithubClient,
    error::GithubError,
};

/// A commit and what it comes of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCommit {
    /// The commit.
    pub fact: CommitFact,
    /// Shas of its parents; `None` where GitHub does not say.
    pub parents: Option<Vec<String>>,
}

impl GithubClient {
    /// A page of the commits that a branch holds, from 1: a hundred.
    pub async fn commits_page(
        &self,
        (owner, repo): (&str, &str),
        branch: &str,
        page: u32,
    ) -> Result<Listed<ListedCommit>, GithubError> {
        let segments = ["repos", owner, repo, "commits"];
        let Listed { rows, more }: Listed<CommitWire> =
            self.list_page(&segments, &[("sha", branch)], page).await?;
        let parents: Vec<_> = rows.iter().map(CommitWire::parents).collect();
        let facts = commit_facts(rows)?.into_iter();
        let rows = facts
            .zip(parents)
            .map(|(fact, parents)| ListedCommit { fact, parents })
            .collect();
        Ok(Listed { rows, more })
    }
}
