//! The job that takes a drive on.

use chrono::{DateTime, Utc};
use domain::ids::DeployId;
use serde::{Deserialize, Serialize};
use store::EnqueuedJob;

use crate::jobs::Job;

/// Take a drive as far as it goes now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdvanceDrive {
    /// Which.
    pub drive: DeployId,
    /// Whether it is time that brings it, and nothing that was said: such a job waits, and one that was said does not.
    pub on_time: bool,
}

impl AdvanceDrive {
    /// Because something was said.
    pub fn now(drive: DeployId) -> Self {
        Self {
            drive,
            on_time: false,
        }
    }

    /// The job as the queue stores it, to be run at a time.
    pub fn at(drive: DeployId, at: DateTime<Utc>, now: DateTime<Utc>) -> store::Result<EnqueuedJob> {
        let mut job = Self { drive, on_time: true }.enqueued()?;
        let seconds = (at - now).num_seconds().clamp(1, 3600);
        job.delay_seconds = i32::try_from(seconds).unwrap_or(1);
        Ok(job)
    }
}

impl Job for AdvanceDrive {
    const TASK: &'static str = "advance_drive";

    fn key(&self) -> Option<String> {
        let when = if self.on_time { ":on_time" } else { "" };
        Some(format!("{}{when}", self.drive))
    }
}

/// Take the sample that is due of what a drive has exposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WatchDrive {
    /// Which.
    pub drive: DeployId,
}

impl WatchDrive {
    /// The job as the queue stores it, to be run when a sample is due: never before.
    pub fn at(drive: DeployId, due: DateTime<Utc>, now: DateTime<Utc>) -> store::Result<EnqueuedJob> {
        let mut job = Self { drive }.enqueued()?;
        let seconds = ((due - now).num_milliseconds() + 999) / 1000;
        job.delay_seconds = i32::try_from(seconds.clamp(0, 3600)).unwrap_or(1);
        Ok(job)
    }
}

impl Job for WatchDrive {
    const TASK: &'static str = "watch_drive";

    fn key(&self) -> Option<String> {
        Some(self.drive.to_string())
    }
}

/// Begin the drills that are due. Run by the clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BeginDrills {}

impl Job for BeginDrills {
    const TASK: &'static str = "begin_drills";
}

/// Take up the drives that nobody looked at in time. Run by the clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SweepDrives {}

impl Job for SweepDrives {
    const TASK: &'static str = "sweep_drives";
}
