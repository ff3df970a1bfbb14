//! Just enough git: commits with whole trees, ancestry, merge bases, three-way merges of disjoint changes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::state::User;

/// A path's content, for every path of a commit.
pub(super) type Tree = BTreeMap<String, Arc<[u8]>>;

/// Forty zeros: no commit.
pub(super) const NONE: &str = "0000000000000000000000000000000000000000";

/// Who git says wrote a commit, and the account that GitHub matches.
#[derive(Clone, Debug)]
pub struct Author {
    /// Name in git.
    pub name: String,
    /// E-mail in git.
    pub email: String,
    /// The account; `None` for an address that GitHub does not know.
    pub account: Option<User>,
}

impl Author {
    /// An author whose address belongs to no account.
    pub fn stranger(name: &str, email: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: email.to_owned(),
            account: None,
        }
    }

    /// GitHub itself, the committer of what its buttons make.
    pub(super) fn github() -> Self {
        Self::stranger("GitHub", "noreply@github.com")
    }
}

impl From<User> for Author {
    fn from(user: User) -> Self {
        Self {
            name: user.name.clone(),
            email: user.email.clone(),
            account: Some(user),
        }
    }
}

/// A commit to be made.
#[derive(Clone, Debug, Default)]
pub struct NewCommit {
    pub(super) message: String,
    pub(super) author: Option<Author>,
    pub(super) authored_at: Option<DateTime<Utc>>,
    pub(super) changes: Vec<(String, Option<Vec<u8>>)>,
}

impl NewCommit {
    /// A commit by the current actor, now. Without files it changes `CHANGES.md`.
    pub fn new(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            ..Self::default()
        }
    }

    /// Written by somebody else.
    #[must_use]
    pub fn by(mut self, author: impl Into<Author>) -> Self {
        self.author = Some(author.into());
        self
    }

    /// Written earlier.
    #[must_use]
    pub fn authored_at(mut self, at: DateTime<Utc>) -> Self {
        self.authored_at = Some(at);
        self
    }

    /// Adds or changes a file.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.changes
            .push((path.to_owned(), Some(content.as_ref().to_vec())));
        self
    }

    /// Removes a file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.changes.push((path.to_owned(), None));
        self
    }
}

/// A made commit.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub sha: String,
    pub tree_sha: String,
    pub parents: Vec<String>,
    pub message: String,
    pub author: Author,
    pub committer: Author,
    pub authored_at: DateTime<Utc>,
    pub committed_at: DateTime<Utc>,
    pub tree: Arc<Tree>,
    /// Order of making: a parent is always before its children.
    pub index: usize,
}

/// What a commit is made of.
pub(super) struct Draft {
    pub parents: Vec<String>,
    pub message: String,
    pub author: Author,
    pub committer: Author,
    pub authored_at: DateTime<Utc>,
    pub committed_at: DateTime<Utc>,
    pub tree: Tree,
}

/// Paths that differ between two trees.
#[derive(Default)]
pub(super) struct Changes {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub modified: Vec<String>,
}

/// All commits of a repository, forks included, as on GitHub.
#[derive(Default)]
pub(super) struct Commits {
    by_sha: HashMap<String, Commit>,
    blobs: HashMap<String, Arc<[u8]>>,
}

/// A forty-digit id of the bytes. Not git's own, which would need SHA-1.
pub(super) fn id(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..20])
}

pub(super) fn blob_id(content: &[u8]) -> String {
    id(&[b"blob", content])
}

impl Commits {
    pub fn find(&self, sha: &str) -> Option<&Commit> {
        self.by_sha.get(sha)
    }

    pub fn blob(&self, sha: &str) -> Option<&Arc<[u8]>> {
        self.blobs.get(sha)
    }

    pub fn add(&mut self, draft: Draft) -> String {
        let mut listing = Vec::new();
        for (path, content) in &draft.tree {
            let blob = blob_id(content);
            listing.extend_from_slice(path.as_bytes());
            listing.extend_from_slice(blob.as_bytes());
            self.blobs.entry(blob).or_insert_with(|| Arc::clone(content));
        }
        let tree_sha = id(&[b"tree", &listing]);
        let index = self.by_sha.len();
        let sha = id(&[
            b"commit",
            tree_sha.as_bytes(),
            draft.parents.join(" ").as_bytes(),
            draft.message.as_bytes(),
            draft.author.email.as_bytes(),
            draft.committed_at.to_rfc3339().as_bytes(),
            &index.to_be_bytes(),
        ]);
        let Draft {
            parents,
            message,
            author,
            committer,
            authored_at,
            committed_at,
            tree,
        } = draft;
        let tree = Arc::new(tree);
        let made = Commit {
            sha: sha.clone(),
            tree_sha,
            parents,
            message,
            author,
            committer,
            authored_at,
            committed_at,
            tree,
            index,
        };
        self.by_sha.insert(sha.clone(), made);
        sha
    }

    /// The tree of a commit; empty for no commit.
    pub fn tree(&self, sha: &str) -> Tree {
        self.find(sha)
            .map(|commit| (*commit.tree).clone())
            .unwrap_or_default()
    }

    /// The commit and everything before it.
    pub fn ancestry(&self, sha: &str) -> HashSet<&str> {
        let mut seen = HashSet::new();
        let mut open = vec![sha];
        while let Some(commit) = open.pop().and_then(|sha| self.find(sha)) {
            if seen.insert(commit.sha.as_str()) {
                open.extend(commit.parents.iter().map(String::as_str));
            }
        }
        seen
    }

    /// Commits of `head` that `base` has not, oldest first.
    pub fn between(&self, base: &str, head: &str) -> Vec<&Commit> {
        let known = self.ancestry(base);
        let mut commits: Vec<&Commit> = self
            .ancestry(head)
            .into_iter()
            .filter(|sha| !known.contains(sha))
            .filter_map(|sha| self.find(sha))
            .collect();
        commits.sort_by_key(|commit| commit.index);
        commits
    }

    /// The newest commit that both have.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let known = self.ancestry(one);
        let common = self
            .ancestry(other)
            .into_iter()
            .filter(|sha| known.contains(sha))
            .filter_map(|sha| self.find(sha));
        common
            .max_by_key(|commit| commit.index)
            .map(|commit| commit.sha.clone())
    }

    /// What a commit changes against its first parent.
    pub fn changes_of(&self, commit: &Commit) -> Changes {
        let before = commit
            .parents
            .first()
            .map(|parent| self.tree(parent))
            .unwrap_or_default();
        changes(&before, &commit.tree)
    }

    /// `onto` with what `head` changed since `base`.
    pub fn merged(&self, base: &str, head: &str, onto: &str) -> Tree {
        let (base, head, mut tree) = (self.tree(base), self.tree(head), self.tree(onto));
        let Changes {
            added,
            removed,
            modified,
        } = changes(&base, &head);
        for path in added.into_iter().chain(modified) {
            let content = Arc::clone(&head[&path]);
            tree.insert(path, content);
        }
        for path in removed {
            tree.remove(&path);
        }
        tree
    }
}

pub(super) fn changes(before: &Tree, after: &Tree) -> Changes {
    let mut changes = Changes::default();
    for (path, content) in after {
        match before.get(path) {
            None => changes.added.push(path.clone()),
            Some(old) if old != content => changes.modified.push(path.clone()),
            Some(_) => {}
        }
    }
    changes.removed = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .cloned()
        .collect();
    changes
}
