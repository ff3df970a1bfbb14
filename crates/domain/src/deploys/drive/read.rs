//! A drive as pages show it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Drive, PhaseRecord, Reason, Target};
use crate::{
    deploys::drills::{Pull, Pullable},
    ids::DeployId,
};

/// A drive with what happened so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveDetail {
    /// The drive.
    pub drive: Drive,
    /// What it waits for, or why it ended.
    pub why: Option<String>,
    /// Why it undoes another one.
    pub reason: Option<Reason>,
    /// Of one that undoes another: when that was seen to fail, or somebody asked to undo it.
    pub failure_seen_at: Option<DateTime<Utc>>,
    /// Of one that undoes another: when the release before ran again, watched and good.
    pub rolled_back_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub started_by: String,
    /// Who called it off, and when.
    pub called_off: Option<CalledOff>,
    /// When it looks by itself.
    pub look_at: DateTime<Utc>,
    /// The number of its lease, while it has one.
    pub fence: Option<i64>,
    /// The drive that undoes it.
    pub undone_by: Option<DeployId>,
    /// Its phases, in order.
    pub phases: Vec<PhaseRecord>,
}

impl DriveDetail {
    /// How long it took to roll back: from the failure that was seen to the release before, watched and good.
    pub fn time_to_roll_back(&self) -> Option<TimeDelta> {
        Some(self.rolled_back_at? - self.failure_seen_at?)
    }
}

/// That somebody called a drive off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledOff {
    /// What they are called now.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is stored of how ready a service is to go back in production.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// What would come back if what runs was undone.
    pub way_back: Option<Target>,
    /// What an executor said last of pulling that.
    pub pull: Option<Pull>,
    /// When it was last deployed successfully, anywhere.
    pub seen_at: Option<DateTime<Utc>>,
    /// The last backup that an executor told of: its id, and when.
    pub backup: Option<(String, DateTime<Utc>)>,
    /// The last rollback that succeeded.
    pub rollback: Option<LastRollback>,
}

impl Readiness {
    /// Whether what would come back can be had; nothing where nothing would.
    pub fn pullable(&self) -> Option<Pullable> {
        let target = self.way_back.as_ref()?;
        Some(Pullable::of(&target.release, self.pull, self.seen_at))
    }
}

/// A rollback that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRollback {
    /// The deploy that did it.
    pub deploy: DeployId,
    /// When the release before ran again, watched and good.
    pub at: DateTime<Utc>,
    /// How long that took from the failure that was seen.
    pub took: Option<TimeDelta>,
}
