//! `make bench`: every speed line of the promises, measured over HTTP against the running release server, each with its
//! ratio to the limit. Nothing is asserted: it prints.
//!
//! `bench fill` makes the data and stops; `bench` makes it where it is missing and measures. The database is `fairway_bench`
//! on the server that `DATABASE_URL` names; it stays, so that the next run starts at once.

mod fill;
mod http;
mod lines;
mod measure;
mod process;
mod yardstick;

use std::{env, error::Error};

/// What can go wrong in a bench: it is printed, and the run ends.
type Problem = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let base = env::var("DATABASE_URL")
        .map_err(|_| "set DATABASE_URL to a PostgreSQL whose user may make databases")?;
    let url = fill::url(&base)?;
    fill::ensure(&url).await?;
    if env::args().nth(1).as_deref() == Some("fill") {
        return Ok(());
    }
    measure::run(&url).await
}
