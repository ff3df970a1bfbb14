//! Jobs that the clock starts. The queue keeps the last tick of each, so several processes make one job per tick.

use commands::{CommandError, Commands, jobs::Job};
use serde::{Deserialize, Serialize};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 11] = [
    // Figures stay right without it, only slower, so a few minutes are soon enough.
    "*/5 * * * * refresh_dora_days {}",
    // An hour late is nothing beside the day after which silence ends a deploy.
    "7 * * * * sweep_lost_deploys {}",
    // Another version may read another class from a name; within the hour all that is stored follows it.
    "13 * * * * apply_default_classes {}",
    // What was missed while GitHub was away or no token was set.
    "*/15 * * * * fetch_missing {}",
    // Partitions are made months ahead; a day late is nothing.
    "23 3 * * * prepare_partitions {}",
    // A delivery whose job is lost waits for nothing else.
    "*/5 * * * * sweep_deliveries {}",
    // What is kept for months may go a day later.
    "41 3 * * * drop_old {}",
    // Teams first: CODEOWNERS names them. At night nobody waits for the budget.
    "11 2 * * * sync_organisations {}",
    // What a lost push changed is right the next morning.
    "17 2 * * * reconcile_catalog {}",
    // A right that was taken away is seen within the hour, at the cost of a dozen requests.
    "29 * * * * check_github {}",
    // Whoever leaves an organisation or a team at GitHub is out within this time.
    "*/15 * * * * recheck_github_members {}",
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

/// Class environments as this version reads their names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ApplyDefaultClasses {}

impl Job for ApplyDefaultClasses {
    const TASK: &'static str = "apply_default_classes";
}

impl Run for ApplyDefaultClasses {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.apply_default_classes().await.map(drop)
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

/// Enqueue the reading of every organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SyncOrganisations {}

impl Job for SyncOrganisations {
    const TASK: &'static str = "sync_organisations";
}

impl Run for SyncOrganisations {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.sync_organisations().await.map(drop)
    }
}

/// Enqueue the comparison of every repository with the catalog.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReconcileCatalog {}

impl Job for ReconcileCatalog {
    const TASK: &'static str = "reconcile_catalog";
}

impl Run for ReconcileCatalog {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.reconcile_all().await.map(drop)
    }
}

/// Check what GitHub lets Fairway read, and drop answers that nobody needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CheckGithub {}

impl Job for CheckGithub {
    const TASK: &'static str = "check_github";
}

impl Run for CheckGithub {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.check_github().await?;
        commands.drop_kept_answers().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::{Job, RecheckGithubMembers, RefreshDoraDays};

    use super::{
        ApplyDefaultClasses, CRONTAB, CheckGithub, DropOld, FetchMissing, PreparePartitions,
        ReconcileCatalog, SweepDeliveries, SweepLostDeploys, SyncOrganisations,
    };

    #[test]
    fn the_crontab_is_understood_and_names_jobs_that_exist() {
        let tasks = [
            RefreshDoraDays::TASK,
            SweepLostDeploys::TASK,
            ApplyDefaultClasses::TASK,
            FetchMissing::TASK,
            PreparePartitions::TASK,
            SweepDeliveries::TASK,
            DropOld::TASK,
            SyncOrganisations::TASK,
            ReconcileCatalog::TASK,
            CheckGithub::TASK,
            RecheckGithubMembers::TASK,
        ];
        for (line, task) in CRONTAB.iter().zip(tasks) {
            let parsed = graphile_worker::parse_crontab(line).unwrap();
            assert_eq!(parsed.len(), 1, "{line}");
            assert_eq!(parsed[0].task_identifier(), task);
        }
    }
}
