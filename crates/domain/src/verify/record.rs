//! A watch as it is stored and read back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::judge::Outlook;
use crate::ids::ServiceId;

/// What a watch is about, as far as the catalogue and the history of deploys know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSubject {
    /// The service.
    pub service: ServiceId,
    /// Its slug.
    pub slug: String,
    /// Its tier, where it has one.
    pub tier: Option<crate::catalog::Tier>,
    /// Name of the environment.
    pub environment: String,
    /// The release's version, else its commit.
    pub version: Option<String>,
    /// The same of what ran before.
    pub previous: Option<String>,
    /// What a probe asks.
    pub health_url: Option<String>,
}

/// What came of a watch so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchRecord {
    /// How much of the traffic the release had, in percent.
    pub weight: u8,
    /// The version that is watched.
    pub version: String,
    /// The one that ran before.
    pub previous: Option<String>,
    /// When it was exposed.
    pub exposed_at: DateTime<Utc>,
    /// What is known.
    pub outlook: Outlook,
    /// When that was noted.
    pub noted_at: DateTime<Utc>,
}
