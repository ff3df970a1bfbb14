//! `make bench`: the speed lines of the promises, measured over HTTP against the running release server, each with its
//! ratio to the limit. Nothing is asserted: it prints.
//!
//! `bench fill` makes the data and stops; `bench` makes it where it is missing and measures; `--markdown FILE` puts the
//! table into a document too. The database is `fairway_bench` on the server that `DATABASE_URL` names; it stays, so that the
//! next run starts at once.

mod browser;
mod derive;
mod exact;
mod fill;
mod http;
mod intake;
mod pages;
mod process;
mod sheet;
mod trail;
mod visit;
mod yardstick;

use std::{env, error::Error, path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    process::Server,
    sheet::{Limit::AtMost, Sheet},
};

/// What can go wrong in a bench: it is printed, and the run ends.
type Problem = Box<dyn Error + Send + Sync>;

/// Long enough for a steady rate on two cores.
const A_WHILE: Duration = Duration::from_secs(8);
/// Connections of the lines that ask for many.
const MANY: usize = 16;

/// Measures the speed lines of the promises.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    only: Option<Only>,
    /// A document whose table is replaced by this run's.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Only {
    /// Makes the data and stops.
    Fill,
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let options = Options::parse();
    let base = env::var("DATABASE_URL")
        .map_err(|_| "set DATABASE_URL to a PostgreSQL whose user may make databases")?;
    let url = fill::url(&base, "fairway_bench")?;
    fill::ensure(&url).await?;
    if matches!(options.only, Some(Only::Fill)) {
        return Ok(());
    }
    let pool = PgPoolOptions::new().max_connections(4).connect(&url).await?;
    tests::session::sign_in(&pool).await;
    let mut sheet = measured(&url, &pool).await?;
    derive::measure(&mut sheet, &base).await?;
    trail::measure(&mut sheet, &base).await?;
    sheet.sum_up();
    match options.markdown {
        Some(path) => sheet.write(&path, &about(&pool).await?),
        None => Ok(()),
    }
}

/// Every line, in the order of the promises.
async fn measured(url: &str, pool: &PgPool) -> Result<Sheet, Problem> {
    let mut sheet = Sheet::default();
    let server = Server::start(url).await?;
    let (started, address) = (server.first_answer, server.address);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = server.memory()?.0;
    pages::catalog(&mut sheet, address).await?;
    pages::service(&mut sheet, address).await?;
    pages::search(&mut sheet, address).await?;
    pages::dora(&mut sheet, address).await?;
    exact::figures(&mut sheet, pool).await?;
    intake::measure(&mut sheet, address, (url, pool)).await?;
    let start = started.as_secs_f64() * 1000.0;
    sheet.promise("start to first 200", start, "ms", AtMost(300.0));
    sheet.promise("memory, idle", idle, "MB", AtMost(64.0));
    let (now, highest) = server.memory()?;
    sheet.promise("memory, highest under load", highest, "MB", AtMost(200.0));
    sheet.note("after the load", now, "MB");
    browser::visits(&mut sheet, address)?;
    visit::first(&mut sheet, address).await?;
    server.stop().await?;
    Ok(sheet)
}

/// Where and when: "21 November 2026, 2 cores (…), 24 GB, PostgreSQL 15.18".
async fn about(pool: &PgPool) -> Result<String, Problem> {
    let version: String = sqlx::query_scalar("select current_setting('server_version')")
        .fetch_one(pool)
        .await?;
    let version = version.split_whitespace().next().unwrap_or_default();
    let field = |file: &str, name: &str| -> Option<String> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    let memory =
        field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let today = chrono::Utc::now().format("%-d %B %Y");
    let memory = memory.map_or(0, |kilobytes| kilobytes >> 20);
    Ok(format!(
        "Measured on {today}: {cores} cores ({model}), {memory} GB of memory, PostgreSQL {version} and the bench's own client on the same cores."
    ))
}
