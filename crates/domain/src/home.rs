//! What Home shows of the whole organisation beside its services and deploys.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{deploys::read::ServiceRef, incidents::Incident, people::PersonRef};

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
