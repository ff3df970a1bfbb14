//! Deriving services' histories, and fetching the changes that events leave out.

use commands::{
    CommandError, Commands,
    backfill::jobs::FetchRanges,
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits},
};

use super::run::Run;

impl Run for DeriveService {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.derive_service(self.service).await
    }
}

impl Run for FetchPullRequestCommits {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.fetch_pull_request_commits(&self).await
    }
}

impl Run for FetchCompare {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.fetch_compare(&self).await
    }
}

impl Run for FetchRanges {
    async fn run(self, commands: &Commands) -> Result<(), CommandError> {
        commands.fetch_ranges(&self).await
    }
}
