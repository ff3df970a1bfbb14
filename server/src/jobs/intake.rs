//! Understanding stored deliveries.

use commands::{CommandError, Commands, Processed, jobs::ProcessDelivery};

use super::run::Run;

impl Run for ProcessDelivery {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        let outcome = match commands.process_delivery(&self).await? {
            Processed::Stored => "stored",
            Processed::Ignored => "ignored",
            Processed::Dead => "dead",
            Processed::Nothing => "nothing",
        };
        metrics::counter!("fairway_deliveries_processed_total", "outcome" => outcome).increment(1);
        Ok(())
    }
}
