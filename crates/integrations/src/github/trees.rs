//! Which files a repository has, in two requests: the head of a branch, and everything below it.

use serde::Deserialize;

use super::{
    answers::missing,
    client::{GithubClient, parse},
    error::GithubError,
};

/// Every file of a repository at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryTree {
    /// The files, by path.
    pub files: Vec<TreeFile>,
    /// Whether these are all: GitHub cuts trees of more than 100,000 entries.
    pub complete: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Its path.
    pub path: String,
    /// Git's id of its content: equal content has an equal id.
    pub sha: String,
}

#[derive(Debug, Deserialize)]
struct BranchWire {
    commit: Option<ShaWire>,
}

#[derive(Debug, Deserialize)]
struct ShaWire {
    sha: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TreeWire {
    tree: Option<Vec<EntryWire>>,
    truncated: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct EntryWire {
    path: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    sha: Option<String>,
}

impl GithubClient {
    /// The newest commit of a branch. `None` for a branch or repository that is not there, or has no commit yet.
    pub async fn branch_head(
        &self,
        owner: &str,
        repo: &str,
        branch: &str,
    ) -> Result<Option<String>, GithubError> {
        let segments = ["repos", owner, repo, "branches", branch];
        let answer = match self.transport.get(&segments, &[]).await {
            Err(GithubError::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        let wire: BranchWire = parse(&answer)?;
        let sha = wire.commit.and_then(|commit| commit.sha);
        sha.map(Some).ok_or_else(|| missing("commit.sha"))
    }

    /// Every file at a commit.
    pub async fn tree(&self, owner: &str, repo: &str, commit: &str) -> Result<RepositoryTree, GithubError> {
        let segments = ["repos", owner, repo, "git", "trees", commit];
        let wire: TreeWire = parse(&self.transport.get(&segments, &[("recursive", "1")]).await?)?;
        let file = |entry: EntryWire| {
            let is_file = entry.kind.as_deref() == Some("blob");
            Some(TreeFile {
                path: entry.path.filter(|_| is_file)?,
                sha: entry.sha?,
            })
        };
        let entries = wire.tree.ok_or_else(|| missing("tree"))?;
        Ok(RepositoryTree {
            files: entries.into_iter().filter_map(file).collect(),
            complete: !wire.truncated.unwrap_or_default(),
        })
    }
}
