//! How a command of the command line is carried out: settings read, database opened and closed, the end told.

use std::{fmt::Display, process::ExitCode, sync::Arc};

use commands::{CommandError, Commands, SystemClock};
use store::Store;

use crate::{
    RunError,
    config::{Config, Settings},
    database::{self, Database},
    telemetry,
};

/// Why it was not done, of commands that fail in no way of their own.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotDone {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {0}")]
    Refused(#[from] CommandError),
}

/// The settings as they hold for this process, whose log lines begin.
pub(crate) fn configured(settings: &Settings) -> Result<Config, RunError> {
    let config = Config::parse(settings)?;
    telemetry::logs::init(&config.telemetry);
    Ok(config)
}

/// Acts on the database, whose tables must be those of this version, and closes it however that ends.
pub(super) async fn with_store<T, E: From<RunError>>(
    config: &Config,
    act: impl AsyncFnOnce(Store) -> Result<T, E>,
) -> Result<T, E> {
    let database = Database::open(&config.database, database::PATIENCE)
        .await
        .map_err(RunError::from)?;
    let outcome = match database::check_current(database.store()).await {
        Ok(()) => act(database.store().clone()).await,
        Err(problem) => Err(RunError::from(problem).into()),
    };
    database.close().await;
    outcome
}

/// Acts by commands that need neither keys nor an outside system.
pub(super) async fn with_commands<T, E: From<RunError>>(
    config: &Config,
    act: impl AsyncFnOnce(Commands) -> Result<T, E>,
) -> Result<T, E> {
    with_store(config, async move |store| {
        act(Commands::new(store, Arc::new(SystemClock))).await
    })
    .await
}

/// The end of the process: what went wrong is written for the person who started it.
pub(crate) fn ended<E: Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
