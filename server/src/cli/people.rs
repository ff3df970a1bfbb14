//! `fairway people erase`: who a person is goes, what they did stays.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{
    actor::{Actor, Viewer},
    ids::PersonId,
};

use super::carried_out::{NotDone, configured, ended, with_commands};
use crate::config::Settings;

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

/// Runs `fairway people`.
pub async fn people(settings: &Settings, args: &PeopleArgs) -> ExitCode {
    let PeopleCommand::Erase { id, reason } = &args.command;
    ended(erase(settings, *id, reason).await)
}

async fn erase(settings: &Settings, id: PersonId, reason: &str) -> Result<(), NotDone> {
    let by = Viewer::trusted(Actor::CommandLine);
    let erased = with_commands(&configured(settings)?, async |commands| {
        Ok::<_, NotDone>(commands.erase_person(&by, id, reason).await?)
    })
    .await?;
    println!(
        "Person {id} is now {}: {} identities and {} rows of the audit trail name nobody any more.",
        domain::trail::pseudonym(id.0),
        erased.identities,
        erased.audit_rows
    );
    println!("Backups from before still do; they go when they are too old to be kept.");
    Ok(())
}
