//! Repositories as GitHub lists them: what is known of each, and what becomes of it in the catalog.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::HistoryProgress;
use crate::{catalog::is_valid_name, deploys::read::ServiceRef, facts::RepositoryFact, ids::RepositoryId};

/// The longest name of a catalog entity.
const LONGEST_NAME: usize = 63;

/// Who may see a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Members of the enterprise.
    Internal,
    /// Who was given access.
    Private,
}

impl Visibility {
    /// All.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Private];

    /// The stored word, which is GitHub's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Private => "private",
        }
    }

    /// What a word of GitHub's or of the database means.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// A repository of GitHub's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRepository {
    /// What it is called and how it is set.
    pub fact: RepositoryFact,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it is somebody else's, copied.
    pub fork: bool,
}

/// What a listed repository is to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepositoryStanding {
    /// A service lives in it.
    Service,
    /// No service yet, and nobody said that there is to be none.
    Open,
    /// A person said that it is no service.
    Ignored,
    /// GitHub lists it no more; its history stays.
    Gone,
}

impl RepositoryStanding {
    /// All, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Open, Self::Service, Self::Ignored, Self::Gone];

    /// The word of addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Open => "open",
            Self::Ignored => "ignored",
            Self::Gone => "gone",
        }
    }

    /// The standing that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

/// A listed repository as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRepository {
    /// Fairway's id.
    pub id: RepositoryId,
    /// `owner/name` now.
    pub full_name: String,
    /// Name of the default branch.
    pub default_branch: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether it is somebody else's, copied.
    pub fork: bool,
    /// When GitHub last listed it.
    pub listed_at: DateTime<Utc>,
    /// Since when GitHub lists it no more.
    pub gone_at: Option<DateTime<Utc>>,
    /// What it is to the catalog.
    pub standing: RepositoryStanding,
    /// The services in it.
    pub services: Vec<ServiceRef>,
    /// How far the reading of its history is; empty where it was never started.
    pub history: Vec<HistoryProgress>,
}

/// Which repositories a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryFilter {
    /// Only those whose full name contains this.
    pub text: Option<String>,
    /// Only those of this standing.
    pub standing: Option<RepositoryStanding>,
}

/// The last look at GitHub's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryScan {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it came to the end of the list; `None` while it reads and where it failed.
    pub finished_at: Option<DateTime<Utc>>,
    /// Repositories that it found.
    pub found: u64,
    /// Why it came to no end.
    pub problem: Option<String>,
}

/// The reading of history over all repositories.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BackfillTotals {
    /// Repositories whose history was started.
    pub started: u64,
    /// Repositories of them that are read whole.
    pub done: u64,
    /// Repositories with a kind that failed.
    pub failed: u64,
    /// Repositories that are listed and were not started.
    pub waiting: u64,
    /// Facts read.
    pub rows: u64,
    /// Requests that they took.
    pub calls: u64,
    /// The mean of the time spans covered, in [0, 1].
    pub share: f64,
    /// Facts a minute over the last minutes; `None` while nothing is read.
    pub rows_per_minute: Option<f64>,
    /// Everything waits until then.
    pub resume_at: Option<DateTime<Utc>>,
    /// Facts that events had not brought and a later look found.
    pub healed: u64,
}

/// The name of a service made of a repository: its name, as far as the catalog allows it.
pub fn service_name(repository: &str) -> String {
    let mut name = String::new();
    for part in repository.split(|c: char| !c.is_ascii_alphanumeric()) {
        if part.is_empty() {
            continue;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(part);
    }
    name.truncate(LONGEST_NAME);
    let name = name.trim_end_matches('-').to_owned();
    if is_valid_name(repository) {
        repository.to_owned()
    } else if name.is_empty() {
        "service".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_service_is_called_like_its_repository() {
        assert_eq!(service_name("payments-api"), "payments-api");
        assert_eq!(service_name("Foo.Bar_baz"), "Foo.Bar_baz");
        assert_eq!(service_name(".github"), "github");
        assert_eq!(service_name("a--b"), "a-b");
        assert_eq!(service_name("---"), "service");
    }

    proptest! {
        #[test]
        fn every_repository_name_gives_a_name_of_the_catalog(name in "[A-Za-z0-9._-]{1,100}") {
            let made = service_name(&name);
            prop_assert!(is_valid_name(&made), "{made}");
        }
    }
}
