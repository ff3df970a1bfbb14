//! `fairway people erase`: who a person is goes, what they did stays.

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use commands::{CommandError, Commands, SystemClock};
use domain::{
    actor::{Actor, Viewer},
    ids::PersonId,
};

use crate::{
    RunError,
    config::{Config, Settings},
    database::{self, Database},
    telemetry,
};

/// Options of `people`.
#[derive(Args, Clone, Debug)]
pub struct PeopleArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PeopleCommand,
}

/// What can be done with people.
#[derive(Clone, Debug, Subcommand)]
pub enum PeopleCommand {
    /// Replace who a person is by a pseudonym, everywhere and for good; the audit trail stays whole
    Erase {
        /// The person's id, which stands in the address of their page
        id: PersonId,
        /// Why, without naming the person; stands in the audit trail
        #[arg(long)]
        reason: String,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum PeopleError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {0}")]
    Refused(#[from] CommandError),
}

/// Runs `fairway people`.
pub async fn people(settings: &Settings, args: &PeopleArgs) -> ExitCode {
    match run(settings, &args.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings, command: &PeopleCommand) -> Result<(), PeopleError> {
    let PeopleCommand::Erase { id, reason } = command;
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
        let erased = commands.erase_person(&by, *id, reason).await?;
        println!(
            "Person {id} is now {}: {} identities and {} rows of the audit trail name nobody any more.",
            domain::trail::pseudonym(id.0),
            erased.identities,
            erased.audit_rows
        );
        println!("Backups from before still do; they go when they are too old to be kept.");
        Ok(())
    }
    .await;
    database.close().await;
    outcome
}
