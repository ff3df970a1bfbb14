//! The way in: signed deliveries over HTTP, stored once, processed in any order, lost by no crash.

mod backlog;
mod contents;
pub mod facts;
mod fetching;
mod gathering;
mod kills;
mod limits;
mod monorepo;
pub mod order;
mod pages;
mod queue;
mod receiving;
mod retention;
mod scripts;
mod sweeping;

use std::sync::Arc;

use commands::{CommandError, Commands, Received, SystemClock};
use domain::intake::NewDelivery;
use sqlx::PgPool;
use store::Store;

/// The commands on a test's database.
async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

/// Takes one delivery in.
pub async fn take_in(commands: &Commands, new: NewDelivery) -> Result<Received, CommandError> {
    commands.receive_deliveries(&[new]).await?.remove(0)
}
