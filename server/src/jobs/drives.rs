//! Taking on the deploys that Fairway drives.

use commands::{
    CommandError, Commands,
    drives::jobs::{AdvanceDrive, SweepDrives, WatchDrive},
};

use super::run::Run;

/// When the sweep is started, in UTC: a drive whose job is lost waits for nothing else.
pub(super) const CRONTAB: [&str; 1] = ["* * * * * sweep_drives {}"];

impl Run for AdvanceDrive {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let mut steps = 0;
        while commands.advance_drive(self.drive).await? {
            steps += 1;
        }
        metrics::counter!("fairway_drive_steps_total").increment(steps);
        Ok(())
    }
}

impl Run for WatchDrive {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.watch_drive(self.drive).await
    }
}

impl Run for SweepDrives {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let taken_up = commands.sweep_drives().await?;
        metrics::counter!("fairway_drives_taken_up_total").increment(taken_up as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::{drives::jobs::SweepDrives, jobs::Job};

    use super::CRONTAB;

    #[test]
    fn the_crontab_is_understood_and_names_a_job_that_exists() {
        let parsed = graphile_worker::parse_crontab(CRONTAB[0]).unwrap();
        assert_eq!(parsed[0].task_identifier(), SweepDrives::TASK);
    }
}
