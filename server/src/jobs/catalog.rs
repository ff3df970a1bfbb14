//! Reading catalog files from their repositories.

use commands::{CommandError, Commands, jobs::SyncCatalogFile};

use super::run::Run;

impl Run for SyncCatalogFile {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.fetch_catalog_file(&self).await
    }
}
