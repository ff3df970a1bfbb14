//! `fairway effects`: what waits to be done to the outside or was given up, and sending it again.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{
    actor::{Actor, Viewer},
    ids::EffectId,
    outbox::{Effect, EffectState},
    page::{MAX_PAGE_SIZE, Position},
};

use super::carried_out::{NotDone, configured, ended, with_commands};
use crate::config::Settings;

/// Options of `effects`.
#[derive(Args, Clone, Debug)]
pub struct EffectsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: EffectsCommand,
}

/// What can be done with effects.
#[derive(Clone, Debug, Subcommand)]
pub enum EffectsCommand {
    /// The orders and messages that were given up, each with why; with --waiting those that are to be sent
    List {
        /// Those that are to be sent, now or again later
        #[arg(long)]
        waiting: bool,
    },
    /// Send one again that was given up. Look first whether it arrived: where that cannot be found out, it is sent now
    Replay {
        /// The effect's id
        id: EffectId,
    },
}

/// Runs `fairway effects`.
pub async fn effects(settings: &Settings, args: &EffectsArgs) -> ExitCode {
    ended(match &args.command {
        EffectsCommand::List { waiting } => list(settings, *waiting).await,
        EffectsCommand::Replay { id } => replay(settings, *id).await,
    })
}

async fn list(settings: &Settings, waiting: bool) -> Result<(), NotDone> {
    let state = if waiting {
        EffectState::Waiting
    } else {
        EffectState::Dead
    };
    let page = with_commands(&configured(settings)?, async |commands| {
        let page = commands
            .reads()
            .effects(Some(state), &Position::Start, MAX_PAGE_SIZE)
            .await;
        Ok::<_, NotDone>(page.map_err(commands::CommandError::from)?)
    })
    .await?;
    for effect in &page.rows {
        println!("{}", line(effect));
    }
    if page.rows.is_empty() {
        println!("There are none.");
    } else if page.next.is_some() {
        println!("There are more; these are the newest.");
    }
    Ok(())
}

fn line(effect: &Effect) -> String {
    format!(
        "{}  {}  {}  tried {} times  {}",
        effect.id,
        effect.created_at.format("%Y-%m-%d %H:%M:%S UTC"),
        effect.key,
        effect.attempts,
        effect.last_error.as_deref().unwrap_or("not tried yet")
    )
}

async fn replay(settings: &Settings, id: EffectId) -> Result<(), NotDone> {
    let by = Viewer::trusted(Actor::CommandLine);
    with_commands(&configured(settings)?, async |commands| {
        Ok::<_, NotDone>(commands.replay_effect(&by, id).await?)
    })
    .await?;
    println!("A running Fairway sends {id} now; `fairway effects list` says when it was given up again.");
    Ok(())
}
