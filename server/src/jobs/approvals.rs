//! Requests for a decision whose time is over.

use commands::{CommandError, Commands, jobs::Job};
use serde::{Deserialize, Serialize};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 1] = [
    // Whoever waits for a decision is told within the minute that there will be none.
    "* * * * * expire_approvals {}",
];

/// End requests for a decision whose time is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ExpireApprovals {}

impl Job for ExpireApprovals {
    const TASK: &'static str = "expire_approvals";
}

impl Run for ExpireApprovals {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.expire_due().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::Job;

    use super::{CRONTAB, ExpireApprovals};

    #[test]
    fn the_crontab_is_understood_and_names_a_job_that_exists() {
        let parsed = graphile_worker::parse_crontab(CRONTAB[0]).unwrap();
        assert_eq!(parsed[0].task_identifier(), ExpireApprovals::TASK);
    }
}
