//! Answers of GitHub's REST API, as they arrive and as facts. Every field is optional, as in `wire`.

use domain::facts::CommitFact;
use serde::Deserialize;

use super::{
    convert::author,
    wire::{SignatureWire, UserWire},
};

/// `GET …/contents/{path}` of a file (a directory answers with a list), and `GET …/git/blobs/{sha}`.
#[derive(Debug, Deserialize)]
pub(super) struct ContentWire {
    /// `file`, `symlink`, `submodule`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub sha: Option<String>,
    /// `base64`; `none` for files over 1 MB, whose content is left out.
    pub encoding: Option<String>,
    pub content: Option<String>,
}

/// A commit as the API lists it.
#[derive(Debug, Deserialize)]
pub(super) struct CommitWire {
    pub sha: Option<String>,
    pub commit: Option<GitCommitWire>,
    /// The account that GitHub matched to the git author; null when it knows none.
    pub author: Option<UserWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitCommitWire {
    pub message: Option<String>,
    pub author: Option<SignatureWire>,
    pub committer: Option<SignatureWire>,
}

/// `GET …/compare/{base}...{head}`.
#[derive(Debug, Deserialize)]
pub(super) struct CompareWire {
    pub status: Option<String>,
    pub ahead_by: Option<u32>,
    pub behind_by: Option<u32>,
    pub total_commits: Option<usize>,
    pub merge_base_commit: Option<CommitWire>,
    pub commits: Option<Vec<CommitWire>>,
    /// Only on the first page, at most 300.
    pub files: Option<Vec<FileWire>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FileWire {
    pub filename: Option<String>,
    pub previous_filename: Option<String>,
    pub status: Option<String>,
}

/// A listed commit as a fact; `None` without a sha.
pub(super) fn commit(wire: CommitWire) -> Option<CommitFact> {
    let git = wire.commit;
    let (message, signatures) = git.map(|git| (git.message, (git.author, git.committer))).unzip();
    let (by, committer) = signatures.unwrap_or_default();
    let by = by.unwrap_or_default();
    Some(CommitFact {
        sha: wire.sha?,
        message: message.flatten().unwrap_or_default(),
        authored_at: by.date,
        committed_at: committer.and_then(|committer| committer.date),
        author: author(by, wire.author.as_ref()),
        paths: None,
    })
}
