//! Answers of GitHub's REST API, as they arrive and as facts. Every field is optional, as in `wire`.

use domain::facts::CommitFact;
use serde::Deserialize;

use super::{
    error::GithubError,
    people::author,
    wire::{SignatureWire, UserWire},
};

/// A file's content at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Git's id of the blob; equal content has an equal id.
    pub sha: String,
}

/// Commits in GitHub's order, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitList {
    /// The commits.
    pub commits: Vec<CommitFact>,
    /// Whether these are all; GitHub lists at most 250 of a pull request.
    pub complete: bool,
}

/// How a head stands to a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareStatus {
    /// The head has commits that the base has not, and none is missing.
    Ahead,
    /// The base has commits that the head has not: the head is older.
    Behind,
    /// Each has commits that the other has not.
    Diverged,
    /// They are the same commit.
    Identical,
}

/// A file that differs between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path in the head, or in the base when it was removed.
    pub path: String,
    /// Its path in the base, where it was renamed.
    pub previous_path: Option<String>,
    /// `added removed modified renamed copied changed unchanged`
    pub status: String,
}

/// What lies between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How the head stands to the base.
    pub status: CompareStatus,
    /// Commits of the head that the base has not.
    pub ahead_by: u32,
    /// Commits of the base that the head has not.
    pub behind_by: u32,
    /// Their newest common commit.
    pub merge_base: Option<String>,
    /// The commits of the head that the base has not, oldest first.
    pub commits: CommitList,
    /// Files that differ; GitHub lists at most 300.
    pub files: Vec<ChangedFile>,
}

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
    pub parents: Option<Vec<ParentWire>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ParentWire {
    pub sha: Option<String>,
}

impl CommitWire {
    /// Shas of its parents; `None` where one is not said.
    pub fn parents(&self) -> Option<Vec<String>> {
        let parents = self.parents.as_ref()?.iter();
        parents.map(|parent| parent.sha.clone()).collect()
    }
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
fn commit(wire: CommitWire) -> Option<CommitFact> {
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

/// A comparison from its first page and all its commits.
pub(super) fn comparison(wire: CompareWire, commits: CommitList) -> Result<Comparison, GithubError> {
    let status = match wire.status.as_deref() {
        Some("ahead") => CompareStatus::Ahead,
        Some("behind") => CompareStatus::Behind,
        Some("diverged") => CompareStatus::Diverged,
        Some("identical") => CompareStatus::Identical,
        other => {
            return Err(GithubError::Garbled {
                what: format!("`status` is {other:?}"),
            });
        }
    };
    let files = wire.files.unwrap_or_default().into_iter().filter_map(|file| {
        let (path, status) = (file.filename?, file.status.unwrap_or_default());
        Some(ChangedFile {
            path,
            previous_path: file.previous_filename,
            status,
        })
    });
    Ok(Comparison {
        status,
        ahead_by: wire.ahead_by.unwrap_or_default(),
        behind_by: wire.behind_by.unwrap_or_default(),
        merge_base: wire.merge_base_commit.and_then(|commit| commit.sha),
        commits,
        files: files.collect(),
    })
}

/// Listed commits as facts.
pub(super) fn commit_facts(wires: Vec<CommitWire>) -> Result<Vec<CommitFact>, GithubError> {
    wires
        .into_iter()
        .map(|wire| commit(wire).ok_or_else(|| missing("sha")))
        .collect()
}

/// An answer without a field that it must have.
pub(super) fn missing(path: &str) -> GithubError {
    GithubError::Garbled {
        what: format!("`{path}` is missing or unreadable"),
    }
}
