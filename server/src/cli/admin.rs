//! `fairway admin setup-link`: a link that makes an admin, for the first start and for the day nobody gets in any more.

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use commands::{CommandError, Commands, SystemClock};
use domain::actor::{Actor, Viewer};

use crate::{
    RunError,
    config::{Config, Settings},
    database::{self, Database},
    telemetry,
};

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

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum AdminError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {0}")]
    Refused(#[from] CommandError),
}

/// Runs `fairway admin`.
pub async fn admin(settings: &Settings, args: AdminArgs) -> ExitCode {
    let AdminCommand::SetupLink = args.command;
    match setup_link(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn setup_link(settings: &Settings) -> Result<(), AdminError> {
    let config = Config::parse(settings).map_err(RunError::from)?;
    telemetry::logs::init(&config.telemetry);
    let database = Database::open(&config.database, database::PATIENCE)
        .await
        .map_err(RunError::from)?;
    let outcome = async {
        database::check_current(database.store())
            .await
            .map_err(RunError::from)?;
        let commands = Commands::new(database.store().clone(), Arc::new(SystemClock));
        let by = Viewer::trusted(Actor::CommandLine);
        Ok::<_, AdminError>(commands.make_set_up_link(&by, true).await?)
    }
    .await;
    database.close().await;
    if let Some(code) = outcome? {
        eprintln!("Open this within an hour; it works once:");
        println!("{}{}", config.http.public_url, app::paths::link_with(&code));
    }
    Ok(())
}
