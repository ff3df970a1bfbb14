//! Comparing repositories with the catalog, and reading organisations.

use commands::{
    CommandError, Commands,
    jobs::{RecheckGithubMembers, ReconcileRepository, SyncOrganisation},
};

use super::run::Run;

impl Run for ReconcileRepository {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.reconcile_repository(self.repository).await
    }
}

impl Run for RecheckGithubMembers {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.recheck_github_members().await.map(drop)
    }
}

impl Run for SyncOrganisation {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.sync_organisation(&self).await
    }
}
