//! Finding repositories, reading their history, and healing gaps.

use commands::{
    CommandError, Commands,
    backfill::jobs::{AskForMissingDeliveries, DiscoverRepositories, HealGaps, ReadHistory, WakeHistory},
};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 4] = [
    // A new repository is there with its first event; the list only has to follow.
    "11,41 * * * * discover_repositories {}",
    // What waits for GitHub's budget goes on within a minute of its return.
    "* * * * * wake_history {}",
    // Each repository is looked at once an hour; the rounds between take what is due.
    "*/10 * * * * heal_gaps {}",
    // Long before GitHub forgets; one request when nothing was sent.
    "*/15 * * * * ask_for_missing_deliveries {}",
];

impl Run for DiscoverRepositories {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.discover_repositories().await.map(drop)
    }
}

impl Run for ReadHistory {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let pages = commands.read_history(&self).await?;
        metrics::counter!("fairway_history_pages_total").increment(pages as u64);
        Ok(())
    }
}

impl Run for WakeHistory {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.wake_history().await.map(drop)
    }
}

impl Run for AskForMissingDeliveries {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let found = commands.ask_for_missing_deliveries().await?;
        metrics::counter!("fairway_deliveries_missing_total").increment(found.missing);
        metrics::counter!("fairway_redeliveries_asked_total").increment(found.asked);
        Ok(())
    }
}

impl Run for HealGaps {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let healed = commands.heal_gaps().await?;
        metrics::counter!("fairway_gaps_looked_at_total").increment(healed.looked_at);
        for (kind, count) in [
            ("deployment", healed.deployments),
            ("deployment_status", healed.statuses),
            ("pull_request", healed.pull_requests),
        ] {
            metrics::counter!("fairway_gaps_healed_total", "kind" => kind).increment(count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::{
        backfill::jobs::{AskForMissingDeliveries, DiscoverRepositories, HealGaps, WakeHistory},
        jobs::Job,
    };

    use super::CRONTAB;

    #[test]
    fn the_crontab_is_understood_and_names_jobs_that_exist() {
        let tasks = [
            DiscoverRepositories::TASK,
            WakeHistory::TASK,
            HealGaps::TASK,
            AskForMissingDeliveries::TASK,
        ];
        for (line, task) in CRONTAB.iter().zip(tasks) {
            let parsed = graphile_worker::parse_crontab(line).unwrap();
            assert_eq!(parsed.len(), 1, "{line}");
            assert_eq!(parsed[0].task_identifier(), task);
        }
    }
}
