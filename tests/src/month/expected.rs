//! What the pages must show after the month: kept by the script while it acts, from `definitions.md`, and never asked of
//! Fairway.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The whole month.
#[derive(Default, Serialize)]
pub struct Expected {
    /// Deliveries that GitHub made.
    pub deliveries: usize,
    /// Deliveries that were posted: the same, some of them twice.
    pub posted: usize,
    /// Deployments that belong to no service of the catalog.
    pub unmatched: usize,
    /// All services together.
    pub total: Figures,
    /// Service → what its page shows.
    pub services: BTreeMap<String, Service>,
}

/// What a service's page and figures show.
#[derive(Default, Serialize)]
pub struct Service {
    /// `owner/name` of its repository at the end of the month.
    pub repository: String,
    /// Environment → rows in its deploy history.
    pub deploys: BTreeMap<String, u32>,
    /// Environment → the release that runs there at the end.
    pub running: BTreeMap<String, String>,
    /// Titles of what was merged and is not in production, oldest first.
    pub waiting: Vec<String>,
    /// Its figures.
    pub figures: Figures,
}

/// What the five metrics are made of.
#[derive(Default, Serialize)]
pub struct Figures {
    /// Counted deployments.
    pub counted: u32,
    /// Of these, failed.
    pub failed: u32,
    /// Of the failed, restored.
    pub restored: u32,
    /// Unplanned deployments.
    pub rework: u32,
    /// First commit → production of each change, in seconds.
    pub leads: Vec<i64>,
    /// Exposed → restored of each failed deployment, in seconds.
    pub recoveries: Vec<i64>,
}

impl Figures {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.failed += other.failed;
        self.restored += other.restored;
        self.rework += other.rework;
        self.leads.extend(&other.leads);
        self.recoveries.extend(&other.recoveries);
    }

    /// A counted deployment failed and users had their service back.
    pub fn fail(&mut self, exposed: DateTime<Utc>, restored: DateTime<Utc>) {
        self.failed += 1;
        self.restored += 1;
        self.recoveries.push((restored - exposed).num_seconds());
    }
}
