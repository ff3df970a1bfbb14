//! The jobs of this folder.

use domain::ids::RepositoryId;
use serde::{Deserialize, Serialize};

use crate::jobs::Job;

/// How many pages are read at once: live events keep the other workers, and GitHub asks not to be asked by many at once.
pub const LANES: i32 = 2;

/// Read which repositories there are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DiscoverRepositories {}

impl Job for DiscoverRepositories {
    const TASK: &'static str = "discover_repositories";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Read pages of history of the repositories of one lane, until none waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadHistory {
    /// Which lane, from 0.
    pub lane: i32,
}

impl Job for ReadHistory {
    const TASK: &'static str = "read_history";

    fn key(&self) -> Option<String> {
        Some(self.lane.to_string())
    }

    /// A reader that was asked for while another of its lane runs waits for that one: two would read the same pages.
    fn queue(&self) -> Option<String> {
        Some(format!("history:{}", self.lane))
    }
}

/// Ask GitHub what lies between many deploys of a repository, as history brings them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchRanges {
    /// Repository.
    pub repository: RepositoryId,
    /// From and to of each.
    pub ranges: Vec<(String, String)>,
}

impl Job for FetchRanges {
    const TASK: &'static str = "fetch_ranges";

    /// One after the other: they are history, and leave the workers to what is live.
    fn queue(&self) -> Option<String> {
        Some("history:ranges".to_owned())
    }
}

/// Start the lanes that have something to read. Runs every minute: a lane that ended at GitHub's limit goes on, and one
/// whose job was lost is found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WakeHistory {}

impl Job for WakeHistory {
    const TASK: &'static str = "wake_history";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Look at GitHub's log for deliveries that nobody took, and ask for them again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskForMissingDeliveries {}

impl Job for AskForMissingDeliveries {
    const TASK: &'static str = "ask_for_missing_deliveries";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Look at GitHub for what events did not bring.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealGaps {}

impl Job for HealGaps {
    const TASK: &'static str = "heal_gaps";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}
