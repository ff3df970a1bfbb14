//! How a service stands with its drills, for people.

use chrono::{DateTime, Utc};

use super::{Drill, Scheduled, Slot};

/// The schedule of a service and its last drills.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrillStanding {
    /// When drills are due, and the name of the environment; nothing where none are scheduled.
    pub scheduled: Option<(Scheduled, String)>,
    /// The last drills, the newest first, with those that were skipped.
    pub recent: Vec<Drill>,
    /// The last one that was not skipped.
    pub last: Option<Drill>,
}

impl DrillStanding {
    /// The window in which the next one is due.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Slot> {
        self.scheduled.as_ref()?.0.next(now)
    }

    /// Since when one is overdue.
    pub fn overdue_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.scheduled.as_ref()?.0.overdue_since(now)
    }

    /// The newest one, where it was skipped: it says why there is no newer result.
    pub fn skipped(&self) -> Option<&Drill> {
        self.recent.first().filter(|drill| !drill.ran())
    }
}
