//! Incidents, as far as figures need them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{DeployId, IncidentId, ServiceId};

/// How bad an incident is: 1 is worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Severity(u8);

impl Severity {
    /// 1 to 4.
    pub fn new(value: u8) -> Option<Self> {
        (1..=4).contains(&value).then_some(Self(value))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Severity {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Self::new(value).ok_or("severity is a number from 1 (worst) to 4")
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.0
    }
}

/// An incident of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// `INC-<number>`.
    pub number: i64,
    /// The sender's identity of it.
    pub external_id: Option<String>,
    /// The service it is about.
    pub service: ServiceId,
    /// What is wrong, in a sentence.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// When it was noticed.
    pub detected_at: DateTime<Utc>,
    /// When somebody took it.
    pub triaged_at: Option<DateTime<Utc>>,
    /// When users no longer felt it.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where to read more.
    pub url: Option<String>,
    /// The deploys that are confirmed as its cause.
    pub caused_by: Vec<DeployId>,
}

impl Incident {
    /// Neither mitigated nor resolved.
    pub fn is_open(&self) -> bool {
        self.mitigated_at.is_none() && self.resolved_at.is_none()
    }
}
