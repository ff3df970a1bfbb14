//! The command line. Every option is an environment variable too.

pub mod admin;
pub mod audit;
pub mod backup;
mod carried_out;
pub mod catalog;
pub mod demo;
pub mod effects;
pub mod keys;
pub mod people;
pub mod token;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::carried_out::{configured, ended};
use crate::config::Settings;

/// Fairway: the marked, safe channel from commit to production.
#[derive(Debug, Parser)]
#[command(
    name = "fairway",
    version,
    about,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the process does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer requests, and run jobs beside
    Serve(ServeArgs),
    /// Run jobs only
    Worker(WorkerArgs),
    /// Bring the database's tables to this version
    Migrate,
    /// The audit trail: verify it, export it, sign its head
    Audit(audit::AuditArgs),
    /// Back up everything, bring it back, and rehearse both
    Backup(backup::BackupArgs),
    /// The service catalog: import catalog files
    Catalog(catalog::CatalogArgs),
    /// Admins: a link that makes one
    Admin(admin::AdminArgs),
    /// People: erase who they are
    People(people::PeopleArgs),
    /// Orders and messages to the outside: list what was given up, and send it again
    Effects(effects::EffectsArgs),
    /// Keys of sealed secrets: make, list and change them
    Keys(keys::KeysArgs),
    /// API tokens: make, list and revoke them
    Token(token::TokenArgs),
    /// Make the demo organisation in a database of its own, or drop it
    Demo(demo::DemoArgs),
    /// Check everything Fairway needs, and say what to do about what is missing
    Doctor,
}

/// Options of `serve`.
#[derive(Args, Clone, Copy, Debug)]
pub struct ServeArgs {
    /// Jobs run at once in this process; 0 leaves them to `fairway worker`
    #[arg(long, env = "FAIRWAY_WORKERS", value_name = "N", default_value_t = 2)]
    pub workers: usize,
    /// Bring the tables to this version at start; with false, start is refused when they are not
    #[arg(long, env = "FAIRWAY_MIGRATE", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub migrate: bool,
}

/// Options of `worker`.
#[derive(Args, Clone, Copy, Debug)]
pub struct WorkerArgs {
    /// Jobs run at once in this process
    #[arg(long, env = "FAIRWAY_WORKERS", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: u16,
}
