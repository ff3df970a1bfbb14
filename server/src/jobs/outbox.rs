//! Sending effects.

use commands::{CommandError, Commands, jobs::SendEffects};

use super::run::Run;

/// When it is started beside the times that something is wanted: what waits for its next try, or lost its job, is found.
pub(super) const CRONTAB: [&str; 1] = ["* * * * * send_effects {}"];

impl Run for SendEffects {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let sent = commands.send_effects().await?;
        for (outcome, count) in [("sent", sent.sent), ("again", sent.again), ("dead", sent.dead)] {
            metrics::counter!("fairway_effects_total", "outcome" => outcome).increment(count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::jobs::{Job, SendEffects};

    use super::CRONTAB;

    #[test]
    fn the_crontab_is_understood_and_names_a_job_that_exists() {
        let parsed = graphile_worker::parse_crontab(CRONTAB[0]).unwrap();
        assert_eq!(parsed[0].task_identifier(), SendEffects::TASK);
    }
}
