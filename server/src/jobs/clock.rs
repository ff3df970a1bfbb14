//! Jobs that the clock starts. The queue keeps the last tick of each, so several processes make one job per tick.

use commands::{CommandError, Commands, jobs::Job};
use serde::{Deserialize, Serialize};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 6] = [
    // Figures stay right without it, only slower, so a few minutes are soon enough.
    "*/5 * * * * refresh_dora_days {}",
    // An hour late is nothing beside the day after which silence ends a deploy.
    "7 * * * * sweep_lost_deploys {}",
    // What was missed while GitHub was away or no token was set.
    "*/15 * * * * fetch_missing {}",
    // Partitions are made months ahead; a day late is nothing.
    "23 3 * * * prepare_partitions {}",
    // A delivery whose job is lost waits for nothing else.
    "*/5 * * * * sweep_deliveries {}",
    // What is kept for months may go a day later.
    "41 3 * * * drop_old {}",
];

/// End deploys that nobody speaks of any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SweepLostDeploys {}

impl Job for SweepLostDeploys {
    const TASK: &'static str = "sweep_lost_deploys";
}

impl Run for SweepLostDeploys {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.sweep_lost_deploys().await.map(drop)
    }
}

/// Enqueue the fetching of what is still missing from GitHub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FetchMissing {}

impl Job for FetchMissing {
    const TASK: &'static str = "fetch_missing";
}

impl Run for FetchMissing {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.fetch_missing().await.map(drop)
    }
}

/// Make the coming months' partitions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PreparePartitions {}

impl Job for PreparePartitions {
    const TASK: &'static str = "prepare_partitions";
}

impl Run for PreparePartitions {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        Ok(commands
            .store()
            .ensure_partitions(commands.now().date_naive())
            .await?)
    }
}

/// Give deliveries that wait without a job a new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SweepDeliveries {}

impl Job for SweepDeliveries {
    const TASK: &'static str = "sweep_deliveries";
}

impl Run for SweepDeliveries {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.sweep_deliveries().await.map(drop)
    }
}

/// Drop what is kept for a time only and is older.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DropOld {}

impl Job for DropOld {
    const TASK: &'static str = "drop_old";
}

impl Run for DropOld {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.drop_old().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::{Job, RefreshDoraDays};

    use super::{CRONTAB, DropOld, FetchMissing, PreparePartitions, SweepDeliveries, SweepLostDeploys};

    #[test]
    fn the_crontab_is_understood_and_names_jobs_that_exist() {
        let tasks = [
            RefreshDoraDays::TASK,
            SweepLostDeploys::TASK,
            FetchMissing::TASK,
            PreparePartitions::TASK,
            SweepDeliveries::TASK,
            DropOld::TASK,
        ];
        for (line, task) in CRONTAB.iter().zip(tasks) {
            let parsed = graphile_worker::parse_crontab(line).unwrap();
            assert_eq!(parsed.len(), 1, "{line}");
            assert_eq!(parsed[0].task_identifier(), task);
        }
    }
}
