//! `fairway demo`: makes the demo organisation in a database of its own, or drops that database whole.

use std::sync::Arc;

use clap::Args;
use commands::{Commands, SystemClock};

use crate::{
    RunError,
    config::{Config, Settings},
    database::{self, Database, DatabaseError},
    demo::{Filled, fill},
    telemetry,
};

/// Options of `demo`.
#[derive(Args, Clone, Copy, Debug)]
pub struct DemoArgs {
    /// Drop the demo's database with everything in it
    #[arg(long)]
    pub drop: bool,
}

/// Runs `fairway demo`.
pub async fn demo(settings: &Settings, args: DemoArgs) -> Result<(), RunError> {
    let mut config = Config::parse(&Settings {
        demo: Some("true".into()),
        ..settings.clone()
    })?;
    config.database.demo = true;
    telemetry::logs::init(&config.telemetry);
    if args.drop {
        Database::drop_demo(&config.database).await?;
        println!("The demo organisation is gone.");
        return Ok(());
    }
    let database = Database::open(&config.database, database::PATIENCE).await?;
    let outcome = make(&database).await;
    database.close().await;
    outcome
}

async fn make(database: &Database) -> Result<(), RunError> {
    database
        .store()
        .relax_durability()
        .await
        .map_err(DatabaseError::Unreachable)?;
    database::migrate(database.store()).await?;
    let begun = std::time::Instant::now();
    match fill(&Commands::new(database.store().clone(), Arc::new(SystemClock))).await? {
        Filled::AlreadyThere => println!("The demo organisation is there. `fairway demo --drop` removes it."),
        Filled::Made { events, delivered } => {
            println!(
                "The demo organisation is made: {events} events, {delivered} of them signed deliveries, in {:.1} s.",
                begun.elapsed().as_secs_f64()
            );
        }
    }
    Ok(())
}
