//! The commands of this process, made from the settings, and the organisation they serve.

use std::sync::Arc;

use commands::{Commands, SystemClock};
use domain::{
    actor::{Actor, Viewer},
    organisation::Organisation,
};
use store::Store;

use crate::{
    RunError,
    config::{Config, SiteConfig},
    github,
};

/// Commands on an open store, with a GitHub to ask where a token is set.
pub(crate) fn commands(store: Store, config: &Config) -> Result<Commands, RunError> {
    let commands =
        Commands::new(store, Arc::new(SystemClock)).keeping_deliveries(config.retention.deliveries);
    Ok(github::connect(commands, config)?)
}

/// The stored organisation; a name or time zone in the settings that differs is stored first. The demo's stays as the
/// demo made it.
pub(crate) async fn organisation(commands: &Commands, site: &SiteConfig) -> Result<Organisation, RunError> {
    let unreadable = |problem: commands::CommandError| RunError::Organisation(problem.to_string());
    let stored = commands.organisation().await.map_err(unreadable)?;
    let wanted = Organisation {
        name: site.organisation.clone().unwrap_or_else(|| stored.name.clone()),
        time_zone: site.zone.unwrap_or(stored.time_zone),
        is_demo: stored.is_demo,
    };
    if stored.is_demo || wanted == stored {
        return Ok(stored);
    }
    let by = Viewer::trusted(Actor::CommandLine);
    commands
        .describe_organisation(&by, &wanted)
        .await
        .map_err(unreadable)?;
    Ok(wanted)
}
