//! Requests for a decision: whose time is over, and what follows from those that ended.

use commands::{
    CommandError, Commands,
    jobs::{FollowApprovals, Job},
};
use serde::{Deserialize, Serialize};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 2] = [
    // Whoever waits for a decision is told within the minute that there will be none; those who can decide some time before.
    "* * * * * expire_approvals {}",
    // Beside the times that one ends: what lost its job is found.
    "* * * * * follow_approvals {}",
];

/// End requests for a decision whose time is over, and tell of those whose time nearly is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ExpireApprovals {}

impl Job for ExpireApprovals {
    const TASK: &'static str = "expire_approvals";
}

impl Run for ExpireApprovals {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.expire_due().await?;
        commands.tell_of_expiring().await.map(drop)
    }
}

impl Run for FollowApprovals {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        while !commands.take_approval_outcomes().await?.is_empty() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::{FollowApprovals, Job};

    use super::{CRONTAB, ExpireApprovals};

    #[test]
    fn the_crontab_is_understood_and_names_jobs_that_exist() {
        for (line, task) in CRONTAB.iter().zip([ExpireApprovals::TASK, FollowApprovals::TASK]) {
            let parsed = graphile_worker::parse_crontab(line).unwrap();
            assert_eq!(parsed[0].task_identifier(), task);
        }
    }
}
