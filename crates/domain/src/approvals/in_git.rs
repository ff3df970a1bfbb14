//! Policies in Git: where they are, and what a file of them says. A file is taken over whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::Policy;
use crate::{
    catalog::{Level, Place, PlacedDocument, Problem, ProjectSlug},
    ids::{PolicyId, RepositoryId},
};

/// The largest file that is read; real ones have a few kilobytes.
const MAX_BYTES: usize = 256 * 1024;
/// Where policies are unless it is set.
pub const POLICIES_PATH: &str = "policies";

/// The repository and the place in it that policies are read from, as the settings name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPlace {
    /// The repository.
    pub repository: ProjectSlug,
    /// A folder, of which every `.yaml` and `.yml` below it counts, or one such file; empty for the whole repository.
    pub path: String,
}

impl PolicyPlace {
    /// Reads the path as settings write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn at(repository: ProjectSlug, path: &str) -> Result<Self, &'static str> {
        let path = path.trim().trim_matches('/');
        let path = if path == "." { "" } else { path };
        let is_odd = |part: &str| part.is_empty() || part == "." || part == "..";
        if path.len() > 500
            || path.chars().any(char::is_control)
            || !path.is_empty() && path.split('/').any(is_odd)
        {
            return Err("is no path in a repository");
        }
        Ok(Self {
            repository,
            path: path.to_owned(),
        })
    }

    /// Whether policies are read from a file with this path.
    pub fn names(&self, file: &str) -> bool {
        let below = || {
            let rest = file.strip_prefix(&self.path);
            self.path.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        };
        is_yaml(file) && (file == self.path || below())
    }
}

fn is_yaml(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    matches!(ending, Some("yaml" | "yml"))
}

/// Where policies are read from, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// The repository as the settings named it.
    pub repository: String,
    /// The place in it.
    pub path: String,
    /// Which repository that is, whatever it is called by now.
    pub repository_id: RepositoryId,
    /// What it is called now, as `owner/name`.
    pub name: String,
    /// Whether GitHub said that it is deleted.
    pub is_deleted: bool,
    /// The commit that it was compared with last.
    pub head: Option<String>,
    /// When that was.
    pub compared_at: Option<DateTime<Utc>>,
    /// Why it could not be read since, and from when on.
    pub problem: Option<(String, DateTime<Utc>)>,
}

impl PolicySource {
    /// Whether this is the repository that the settings name.
    pub fn is_of(&self, place: &PolicyPlace) -> bool {
        self.repository
            .eq_ignore_ascii_case(&place.repository.full_name())
    }
}

/// A file of policies, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its path in the repository.
    pub path: String,
    /// Git's id of the version that was looked at last, good or broken.
    pub seen_blob: String,
    /// When it was.
    pub seen_at: DateTime<Utc>,
    /// The commit of the version that is in force, and when it was taken over; nothing where none was ever good.
    pub good: Option<(String, DateTime<Utc>)>,
    /// What is wrong with the version that was looked at last.
    pub problems: Vec<Problem>,
    /// The policies that it holds, in its order.
    pub policies: Vec<PolicyId>,
}

/// What a file of policies says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDocuments {
    /// Its policies, in its order, and where the name of each stands.
    pub policies: Vec<(Policy, Place)>,
    /// Everything wrong with it; it is taken over only where nothing is.
    pub problems: Vec<Problem>,
}

impl PolicyDocuments {
    /// Reads a file of one or several documents.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut read = Self::default();
        if bytes.len() > MAX_BYTES {
            read.refuse(
                Place::START,
                "",
                "the file is longer than 256 KiB; cut it into several",
            );
            return read;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            read.refuse(Place::START, "", "the file is not UTF-8; save it as such");
            return read;
        };
        for document in PlacedDocument::read_all(text) {
            match document {
                Ok(document) => read.add(&document),
                Err(problem) => read.problems.push(problem),
            }
        }
        if read.policies.is_empty() && read.problems.is_empty() {
            read.refuse(
                Place::START,
                "",
                "the file holds no policy; delete it to take those away that it held",
            );
        }
        read
    }

    fn add(&mut self, document: &PlacedDocument) {
        match Policy::from_json(&document.to_json()).and_then(Policy::fit) {
            Ok(policy) => {
                let place = document.place_of("metadata.name");
                let name = policy.name.to_lowercase();
                if self
                    .policies
                    .iter()
                    .any(|(known, _)| known.name.to_lowercase() == name)
                {
                    self.refuse(
                        place,
                        "metadata.name",
                        "another policy of this file has this name",
                    );
                }
                self.policies.push((policy, place));
            }
            Err(errors) => {
                for error in errors.0 {
                    self.refuse(document.place_of(&error.field), &error.field, error.message);
                }
            }
        }
    }

    /// Notes that something keeps the file from being taken over.
    pub fn refuse(&mut self, place: Place, field: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            level: Level::Error,
            place,
            field: field.to_owned(),
            message: message.into(),
        });
    }

    /// Whether it can be taken over.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// The names of its policies, in lower case.
    pub fn names(&self) -> BTreeSet<String> {
        let names = self.policies.iter().map(|(policy, _)| policy.name.to_lowercase());
        names.collect()
    }
}

/// Which names a file has, and which it would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileClaim {
    /// Path of the file.
    pub path: String,
    /// The names that it has, in lower case.
    pub has: BTreeSet<String>,
    /// The names that it would have, where it has a new version that is good.
    pub wants: Option<BTreeSet<String>>,
}

/// A new version that cannot be taken over, because another file has one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Path of the file.
    pub path: String,
    /// The name, in lower case.
    pub name: String,
    /// Path of the other.
    pub other: String,
}

/// The new versions that cannot be taken over together with the others. What a file keeps goes before what another wants, and of
/// two that want the same the one with the earlier path has it.
pub fn twins(mut claims: Vec<FileClaim>) -> Vec<Twin> {
    claims.sort_by(|one, other| one.path.cmp(&other.path));
    let mut refused = Vec::new();
    // One that is refused keeps what it has, which may stand in the way of another.
    while let Some((index, twin)) = first_twin(&claims) {
        if let Some(claim) = claims.get_mut(index) {
            claim.wants = None;
        }
        refused.push(twin);
    }
    refused
}

fn first_twin(claims: &[FileClaim]) -> Option<(usize, Twin)> {
    let mut holders: BTreeMap<&str, &str> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.wants.is_none()) {
        holders.extend(claim.has.iter().map(|name| (name.as_str(), claim.path.as_str())));
    }
    for (index, claim) in claims.iter().enumerate() {
        for name in claim.wants.iter().flatten() {
            if let Some(other) = holders.insert(name, &claim.path) {
                let twin = Twin {
                    path: claim.path.clone(),
                    name: name.clone(),
                    other: other.to_owned(),
                };
                return Some((index, twin));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
