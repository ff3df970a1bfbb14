//! `fairway audit verify | export | head | keygen`: the proof that nobody changed the audit trail, and what others need to
//! prove it too.

mod export;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use commands::{CommandError, Commands, trail::Start};

use super::carried_out::{configured, ended, with_commands};
use crate::{
    RunError,
    audit::{Format, KeyError, SigningKey, signed_head},
    config::{Config, Settings},
};

/// Options of `audit`.
#[derive(Args, Clone, Debug)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What can be done with the audit trail.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Find the first row that was altered, deleted, inserted or reordered; fails when there is one
    Verify(VerifyArgs),
    /// Write the sealed rows to standard output, with what an outsider needs to verify them
    Export {
        /// How the file is written
        #[arg(long, value_enum)]
        format: Format,
        /// Done at this time or later, as 2026-11-26 or 2026-11-26T10:00:00Z
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        from: Option<DateTime<Utc>>,
        /// Done before this time
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        to: Option<DateTime<Utc>>,
    },
    /// Print the head of the chain as it is now, signed where `FAIRWAY_AUDIT_KEY_FILE` is set
    Head,
    /// Make the key that signs heads, and print the public key that others verify with
    Keygen {
        /// A file that does not exist yet
        file: PathBuf,
    },
}

/// Options of `audit verify`.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// Begin after this checkpoint, or after the last one; what lies before is trusted
    #[arg(long, value_name = "NUMBER|last", value_parser = parse_start, conflicts_with = "file")]
    pub from: Option<Start>,
    /// Seconds that a row may wait for its seal
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub unsealed_after: u32,
    /// Signed heads that the trail must agree with [default: `FAIRWAY_AUDIT_HEAD_FILE`]
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,
    /// The public key of the heads [default: that of `FAIRWAY_AUDIT_KEY_FILE`]
    #[arg(long, value_name = "FILE")]
    pub public_key: Option<PathBuf>,
    /// Verify an exported file instead of the database
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Why it was not done, or what is wrong with the trail.
#[derive(Debug, thiserror::Error)]
enum AuditError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {0}")]
    Refused(#[from] CommandError),
    #[error("fairway: the database refused: {0}. Run `fairway doctor`.")]
    Store(#[from] store::StoreError),
    #[error("fairway: {path} {problem}. Name a new file in a folder that you may write to.")]
    NoKey { path: String, problem: KeyError },
    #[error(
        "fairway: {path} {problem}. Name the file that `fairway audit keygen` printed the public key for."
    )]
    NoPublicKey { path: String, problem: KeyError },
    #[error(
        "fairway: heads are signed, and there is no key to check that with. Name one with --public-key, or set FAIRWAY_AUDIT_KEY_FILE."
    )]
    KeyMissing,
    #[error("fairway: the signed heads cannot be used: {0}. Bring them back from where they were kept.")]
    Heads(String),
    #[error("fairway: {0}")]
    File(String),
    #[error("fairway: writing stopped: {0}")]
    Write(#[from] std::io::Error),
    #[error("fairway: the audit trail is broken: {0}.\n{1} See docs/security/audit.md for what to do.")]
    Broken(domain::trail::Fault, String),
}

/// Runs `fairway audit`.
pub async fn audit(settings: &Settings, args: &AuditArgs) -> ExitCode {
    ended(run(settings, &args.command).await)
}

async fn run(settings: &Settings, command: &AuditCommand) -> Result<(), AuditError> {
    if let AuditCommand::Keygen { file } = command {
        return keygen(file);
    }
    let config = configured(settings)?;
    if let AuditCommand::Verify(args) = command
        && let Some(file) = &args.file
    {
        return verify::file(&config, args, file);
    }
    with_commands(&config, async |commands| match command {
        AuditCommand::Verify(args) => verify::database(&commands, &config, args).await,
        AuditCommand::Export { format, from, to } => export::export(&commands, *format, (*from, *to)).await,
        AuditCommand::Head => head(&commands, &config).await,
        AuditCommand::Keygen { file } => keygen(file),
    })
    .await
}

fn keygen(file: &std::path::Path) -> Result<(), AuditError> {
    let key = SigningKey::make(file).map_err(|problem| AuditError::NoKey {
        path: file.display().to_string(),
        problem,
    })?;
    eprintln!(
        "{} holds the private key; set FAIRWAY_AUDIT_KEY_FILE to it. Keep this public key elsewhere:",
        file.display()
    );
    print!("{}", key.public().pem());
    Ok(())
}

async fn head(commands: &Commands, config: &Config) -> Result<(), AuditError> {
    let (number, hash) = commands.reads().audit_head().await?;
    let head = signed_head((number, &hash), commands.now(), config.audit.key.as_deref());
    if head.signature.is_none() {
        eprintln!("Nobody signed this: FAIRWAY_AUDIT_KEY_FILE is not set.");
    }
    println!(
        "{}",
        serde_json::to_string(&head).map_err(CommandError::internal)?
    );
    Ok(())
}

fn parse_start(text: &str) -> Result<Start, String> {
    match text.parse() {
        _ if text == "last" => Ok(Start::LastCheckpoint),
        Ok(number @ 1..) => Ok(Start::Checkpoint(number)),
        _ => Err("write the number of a checkpoint, or last".to_owned()),
    }
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || {
        let day: NaiveDate = text.parse().ok()?;
        Some(day.and_time(NaiveTime::MIN).and_utc())
    };
    let time = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    day()
        .or_else(time)
        .ok_or_else(|| "write it as 2026-11-26, or with a time as 2026-11-26T10:00:00Z".to_owned())
}
