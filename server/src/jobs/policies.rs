//! Comparing policies with their repository.

use commands::{CommandError, Commands, jobs::Job};
use serde::{Deserialize, Serialize};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 1] = [
    // A policy whose push was lost is in force within a quarter of an hour, at the cost of one request that GitHub does not count.
    "*/15 * * * * compare_policies {}",
];

/// Enqueue the comparison of the policies with their repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ComparePolicies {}

impl Job for ComparePolicies {
    const TASK: &'static str = "compare_policies";
}

impl Run for ComparePolicies {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.compare_policies().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::Job;

    use super::{CRONTAB, ComparePolicies};

    #[test]
    fn the_crontab_is_understood_and_names_a_job_that_exists() {
        let parsed = graphile_worker::parse_crontab(CRONTAB[0]).unwrap();
        assert_eq!(parsed[0].task_identifier(), ComparePolicies::TASK);
    }
}
