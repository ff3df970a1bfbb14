//! Whose things Home shows, and what it shows beside services and deploys.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    deploys::read::ServiceRef,
    ids::{PersonId, TeamId},
    incidents::Incident,
    people::{PersonRef, TeamRef},
};

/// Whose things are meant by "mine": somebody's own, and those of the teams that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mine {
    /// Who.
    pub person: PersonId,
    /// Their teams, by title.
    pub teams: Vec<TeamRef>,
}

impl Mine {
    /// The ids of the teams.
    pub fn team_ids(&self) -> Vec<TeamId> {
        self.teams.iter().map(|team| team.id).collect()
    }
}

/// An incident that is neither mitigated nor resolved, with the service it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIncident {
    /// Whose.
    pub service: ServiceRef,
    /// What is wrong.
    pub incident: Incident,
}

/// A pull request that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPullRequest {
    /// `owner/name`.
    pub repository: String,
    /// Its number there.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whether it asks for no review yet.
    pub draft: bool,
    /// Who opened it.
    pub author: Option<PersonRef>,
    /// When.
    pub opened_at: DateTime<Utc>,
}

/// The newest open pull requests, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPullRequests {
    /// The newest.
    pub newest: Vec<OpenPullRequest>,
    /// All.
    pub total: u64,
    /// Drafts among all.
    pub drafts: u64,
}
