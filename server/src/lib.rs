//! The Fairway process: settings, database, routes, workers, and their orderly end.
//!
//! Owns what runs and when. Must not know SQL (the store's) or rules (the domain's); routes and jobs call commands.

mod api;
pub mod audit;
mod auth;
pub mod cli;
pub mod config;
mod database;
mod demo;
mod doctor;
pub mod github;
pub mod http;
pub mod jobs;
mod keys;
pub mod live;
mod outward;
pub mod postgres;
mod serve;
pub mod shutdown;
pub mod site;
mod telemetry;
pub mod watching;
pub mod ways;
mod webhooks;
mod wiring;
mod worker;

use std::process::ExitCode;

use self::{
    cli::{Cli, Command},
    config::Problems,
};
pub use self::{
    database::{Database, DatabaseError, check_current, migrate},
    serve::probe,
};

/// Runs what the command line asks for; errors are written for the person who started it.
pub async fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Doctor => return doctor::doctor(&cli.settings).await,
        Command::Audit(args) => return cli::audit::audit(&cli.settings, &args).await,
        Command::Backup(args) => return cli::backup::backup(&cli.settings, &args).await,
        Command::Catalog(args) => return cli::catalog::catalog(&cli.settings, &args).await,
        Command::Admin(args) => return cli::admin::admin(&cli.settings, args).await,
        Command::Effects(args) => return cli::effects::effects(&cli.settings, &args).await,
        Command::Keys(args) => return cli::keys::keys(&cli.settings, &args).await,
        Command::People(args) => return cli::people::people(&cli.settings, &args).await,
        Command::Token(args) => return cli::token::token(&cli.settings, &args).await,
        Command::Serve(args) => serve::serve(&cli.settings, args).await,
        Command::Worker(args) => worker::worker(&cli.settings, args).await,
        Command::Demo(args) => cli::demo::demo(&cli.settings, args).await,
        Command::Migrate => migrate_once(&cli.settings).await,
    };
    cli::ended(outcome)
}

/// Why the process ended before it should.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Settings are missing or wrong.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The database cannot be used.
    #[error("fairway: {0}")]
    Database(#[from] DatabaseError),
    /// The listener cannot be opened.
    #[error(
        "fairway: cannot listen on {address}: {source}. Another program may hold the port; set FAIRWAY_LISTEN to a free one."
    )]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Metrics cannot be served.
    #[error("fairway: {0}")]
    Metrics(#[from] telemetry::metrics::MetricsError),
    /// The organisation cannot be read.
    #[error("fairway: the organisation cannot be read: {0}. Run `fairway doctor`.")]
    Organisation(String),
    /// The first link cannot be made.
    #[error("fairway: the link that makes the first admin cannot be made: {0}. Run `fairway doctor`.")]
    SetUp(#[source] commands::CommandError),
    /// The file with the keys of sealed secrets.
    #[error("fairway: {path}: it {source}. FAIRWAY_KEY_FILE names another file.", path = .path.display())]
    KeyFile {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: keys::KeyFileError,
    },
    /// Secrets in the database are sealed with keys that are not there.
    #[error("fairway: {0}.")]
    Keys(#[source] commands::CommandError),
    /// The GitHub client cannot be made.
    #[error("fairway: {0}")]
    GitHub(#[from] integrations::github::GithubError),
    /// What reads the keys of workflows' issuers cannot be made.
    #[error("fairway: {0}")]
    Actions(#[from] integrations::actions::ActionsError),
    /// A way in cannot be made.
    #[error("fairway: {0}")]
    SignIn(#[from] integrations::sign_in::SignInError),
    /// The client of Prometheus or of health addresses cannot be made.
    #[error("fairway: {0}")]
    Prometheus(#[from] integrations::prometheus::PrometheusError),
    /// What effects are sent with cannot be made.
    #[error("fairway: {0}")]
    Outward(#[from] outward::OutwardError),
    /// Jobs cannot be run.
    #[error("fairway: jobs cannot be run: {0}. Run `fairway doctor`.")]
    Jobs(String),
    /// The feed of changes cannot be read.
    #[error("fairway: the database does not say what changes: {0}. Run `fairway doctor`.")]
    Live(#[source] store::StoreError),
    /// The demo cannot be made.
    #[error("fairway: {0}")]
    Demo(#[from] demo::DemoError),
    /// Serving ended with an error.
    #[error("fairway: serving ended: {0}")]
    Serve(#[from] std::io::Error),
}

async fn migrate_once(settings: &config::Settings) -> Result<(), RunError> {
    let config = cli::configured(settings)?;
    let database = Database::open(&config.database, database::PATIENCE).await?;
    let outcome = migrate(database.store()).await;
    database.close().await;
    outcome?;
    println!("The tables are those of this version.");
    Ok(())
}
