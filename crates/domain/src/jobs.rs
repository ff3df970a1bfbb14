//! Background jobs that failed, as people see them. Which jobs there are is no business of this module.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What becomes of a failed job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FailedJobState {
    /// It is tried again by itself.
    Waiting,
    /// It is not tried again; a person can run it again.
    Dead,
}

impl FailedJobState {
    /// Both states.
    pub const ALL: [Self; 2] = [Self::Dead, Self::Waiting];

    /// The word of addresses and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }

    /// The state that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A job whose last attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedJob {
    /// The queue's number of it.
    pub id: i64,
    /// Name of the task, for example `derive_service`.
    pub task: String,
    /// What it is about: a service, a pull request, a file; else its payload.
    pub subject: Option<String>,
    /// What becomes of it.
    pub state: FailedJobState,
    /// How often it was tried.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it is tried again; nothing for a dead one.
    pub next_try_at: Option<DateTime<Utc>>,
}
