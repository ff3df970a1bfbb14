//! The commands of this process, made from the settings, and the organisation they serve.

use std::sync::Arc;

use commands::{Commands, SystemClock};
use domain::{
    actor::{Actor, Viewer},
    organisation::Organisation,
};
use integrations::actions::ActionsTokens;
use store::Store;

use crate::{
    RunError,
    config::{Config, HttpConfig, SiteConfig},
    github, keys, outward, watching, ways,
};

/// Commands on an open store, with the keys of sealed secrets, a GitHub to ask where a token is set, and what effects are sent with.
pub(crate) fn commands(store: Store, config: &Config) -> Result<Commands, RunError> {
    let keyring = keys::keyring(config).map_err(|(path, source)| RunError::KeyFile { path, source })?;
    let commands = Commands::new(store, Arc::new(SystemClock))
        .keeping_deliveries(config.retention.deliveries)
        .with_keyring(keyring)
        .with_policies_in(config.policies.clone())
        .with_actions(ActionsTokens::new(&config.ci.issuers, &config.http.outbound)?);
    let commands = ways::connect(github::connect(commands, config)?, config)?;
    let commands = watching::connect(commands, config)?;
    Ok(outward::connect(commands, config)?)
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

/// Prints the link that makes the first admin, where there is none. It goes to the terminal and into no log.
pub(crate) async fn offer_set_up(commands: &Commands, http: &HttpConfig) -> Result<(), RunError> {
    let by = Viewer::trusted(Actor::CommandLine);
    let code = commands
        .make_set_up_link(&by, false)
        .await
        .map_err(RunError::SetUp)?;
    if let Some(code) = code {
        let link = app::paths::link_with(&code);
        eprintln!(
            "\n   There is no admin yet. Open this within an hour to become the first; it works once:\n   {}{link}\n",
            http.public_url
        );
    }
    Ok(())
}
