//! `fairway admin setup-link`: a link that makes an admin, for the first start and for the day nobody gets in any more.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::actor::{Actor, Viewer};

use super::carried_out::{NotDone, configured, ended, with_commands};
use crate::config::Settings;

/// Options of `admin`.
#[derive(Args, Clone, Copy, Debug)]
pub struct AdminArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// What can be done about admins.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum AdminCommand {
    /// Print a link that works once within an hour and makes an admin, or gives one a new password
    SetupLink,
}

/// Runs `fairway admin`.
pub async fn admin(settings: &Settings, args: AdminArgs) -> ExitCode {
    let AdminCommand::SetupLink = args.command;
    ended(setup_link(settings).await)
}

async fn setup_link(settings: &Settings) -> Result<(), NotDone> {
    let config = configured(settings)?;
    let by = Viewer::trusted(Actor::CommandLine);
    let code = with_commands(&config, async |commands| {
        Ok::<_, NotDone>(commands.make_set_up_link(&by, true).await?)
    })
    .await?;
    if let Some(code) = code {
        eprintln!("Open this within an hour; it works once:");
        println!("{}{}", config.http.public_url, app::paths::link_with(&code));
    }
    Ok(())
}
