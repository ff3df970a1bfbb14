//! `fairway demo`: makes the demo organisation in a database of its own, or drops that database whole.

use std::sync::Arc;

use clap::Args;
use commands::{Commands, SystemClock};
use domain::actor::{Actor, Viewer};

use super::carried_out::configured;
use crate::{
    RunError,
    config::{HttpConfig, Settings},
    database::{self, Database, DatabaseError},
    demo::{DemoError, Filled, fill, people},
};

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// Drop the demo's database with everything in it
    #[arg(long)]
    pub drop: bool,
    /// Print a link that signs a person of the demo in, once within ten minutes: admin, lead, approver, developer or manager
    #[arg(long, value_name = "PERSON", conflicts_with = "drop", value_parser = ["admin", "lead", "approver", "developer", "manager"])]
    pub link: Option<String>,
}

/// Runs `fairway demo`.
pub async fn demo(settings: &Settings, args: DemoArgs) -> Result<(), RunError> {
    let mut config = configured(&Settings {
        demo: Some("true".into()),
        ..settings.clone()
    })?;
    config.database.demo = true;
    if args.drop {
        Database::drop_demo(&config.database).await?;
        println!("The demo organisation is gone.");
        return Ok(());
    }
    let database = Database::open(&config.database, database::PATIENCE).await?;
    let outcome = match &args.link {
        Some(part) => link(&database, part, &config.http).await,
        None => make(&database).await,
    };
    database.close().await;
    outcome
}

async fn link(database: &Database, part: &str, http: &HttpConfig) -> Result<(), RunError> {
    let email = people::email_of(part).unwrap_or_default();
    let commands = Commands::new(database.store().clone(), Arc::new(SystemClock));
    let by = Viewer::trusted(Actor::CommandLine);
    let code = commands
        .make_demo_link(&by, email)
        .await
        .map_err(DemoError::from)?;
    println!("{}{}", http.public_url, app::paths::link_with(&code));
    Ok(())
}

async fn make(database: &Database) -> Result<(), RunError> {
    database
        .store()
        .relax_durability()
        .await
        .map_err(DatabaseError::Unreachable)?;
    database::migrate(database.store()).await?;
    let begun = std::time::Instant::now();
    match Box::pin(fill(&Commands::new(
        database.store().clone(),
        Arc::new(SystemClock),
    )))
    .await?
    {
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
