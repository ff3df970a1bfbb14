//! The day rollups of the figures.

use commands::{CommandError, Commands, jobs::RefreshDoraDays};

use super::run::Run;

impl Run for RefreshDoraDays {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.refresh_dora_days().await.map(drop)
    }
}
