//! A drive as pages show it.

use chrono::{DateTime, Utc};

use super::{Drive, PhaseRecord, Reason};
use crate::ids::DeployId;

/// A drive with what happened so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveDetail {
    /// The drive.
    pub drive: Drive,
    /// What it waits for, or why it ended.
    pub why: Option<String>,
    /// Why it undoes another one.
    pub reason: Option<Reason>,
    /// Who asked for it.
    pub started_by: String,
    /// When it looks by itself.
    pub look_at: DateTime<Utc>,
    /// The number of its lease, while it has one.
    pub fence: Option<i64>,
    /// The drive that undoes it.
    pub undone_by: Option<DeployId>,
    /// Its phases, in order.
    pub phases: Vec<PhaseRecord>,
}
