//! `fairway keys`: makes keys for sealed secrets, says which are in use, and seals everything with the newest.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use commands::{CommandError, Commands, Lost};
use domain::actor::{Actor, Viewer};

use super::carried_out::{configured, ended, with_store};
use crate::{RunError, config::Settings, keys, wiring};

/// Options of `keys`.
#[derive(Args, Clone, Debug)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What can be done with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// Put a new key first into a file, which is made where there is none; a server that starts with it seals with that key
    Make {
        /// The file that `FAIRWAY_KEY_FILE` names
        file: PathBuf,
    },
    /// Say by their ids which keys there are and which the database needs
    List,
    /// Seal every secret with the first key, while the server runs; can be broken off and run again
    Rotate {
        /// Remove secrets whose key is lost: whoever had an authenticator sets it up again, and signs in by password until then
        #[arg(long)]
        remove_lost: bool,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {0}")]
    Refused(#[from] CommandError),
    #[error("fairway: {path}: it {source}", path = .path.display())]
    File {
        path: PathBuf,
        source: keys::KeyFileError,
    },
}

/// Runs `fairway keys`.
pub async fn keys(settings: &Settings, args: &KeysArgs) -> ExitCode {
    ended(match &args.command {
        KeysCommand::Make { file } => make(file.clone()),
        KeysCommand::List => on_database(settings, None).await,
        KeysCommand::Rotate { remove_lost: true } => on_database(settings, Some(Lost::Remove)).await,
        KeysCommand::Rotate { remove_lost: false } => on_database(settings, Some(Lost::Keep)).await,
    })
}

fn make(path: PathBuf) -> Result<(), KeysError> {
    let ring = match keys::add(&path) {
        Ok(ring) => ring,
        Err(source) => return Err(KeysError::File { path, source }),
    };
    let ids = ring.ids();
    if let Some(id) = ids.first() {
        println!("{} begins with the new key {id}.", path.display());
    }
    if ids.len() > 1 {
        println!(
            "Start every process again with this file, then run `fairway keys rotate`; then the other keys can go."
        );
    }
    Ok(())
}

async fn on_database(settings: &Settings, rotate: Option<Lost>) -> Result<(), KeysError> {
    let config = configured(settings)?;
    with_store(&config, async |store| {
        let commands = wiring::commands(store, &config)?;
        match rotate {
            Some(lost) => rotate_all(&commands, lost).await,
            None => list(&commands).await,
        }
    })
    .await
}

async fn rotate_all(commands: &Commands, lost: Lost) -> Result<(), KeysError> {
    let by = Viewer::trusted(Actor::CommandLine);
    let rotated = commands.rotate_keys(&by, lost).await?;
    println!("Sealed anew: {}.", rotated.sealed);
    if rotated.removed > 0 {
        println!(
            "Removed, since their key is lost: {}. Their people set them up again.",
            rotated.removed
        );
    }
    Ok(())
}

async fn list(commands: &Commands) -> Result<(), KeysError> {
    for (place, id) in commands.key_ids().iter().enumerate() {
        let part = if place == 0 { "seals and opens" } else { "opens" };
        println!("{id}  {part}");
    }
    for one in commands.key_uses().await? {
        let known = if one.is_known { "" } else { "  MISSING" };
        println!(
            "{}  needed by {} secrets in {}{known}",
            one.key, one.rows, one.column
        );
    }
    Ok(())
}
