//! Taking on the deploys that Fairway drives.

use commands::{
    CommandError, Commands,
    drives::jobs::{AdvanceDrive, BeginDrills, SweepDrives, WatchDrive},
};

use super::run::Run;

/// When each is started, in UTC.
pub(super) const CRONTAB: [&str; 2] = [
    // A drive whose job is lost waits for nothing else.
    "* * * * * sweep_drives {}",
    // A window of a schedule may be as short as a quarter of an hour.
    "* * * * * begin_drills {}",
];

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

impl Run for BeginDrills {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let begun = commands.begin_due_drills().await?;
        metrics::counter!("fairway_drills_begun_total").increment(begun);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::{
        drives::jobs::{BeginDrills, SweepDrives},
        jobs::Job,
    };

    use super::CRONTAB;

    #[test]
    fn the_crontab_is_understood_and_names_jobs_that_exist() {
        for (line, task) in CRONTAB.iter().zip([SweepDrives::TASK, BeginDrills::TASK]) {
            let parsed = graphile_worker::parse_crontab(line).unwrap();
            assert_eq!(parsed[0].task_identifier(), task);
        }
    }
}
