//! The bench database: 10,000 services and 1,000,000 deploys, made once.

use std::{sync::Arc, time::Instant};

use commands::{Commands, SystemClock};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use store::Store;
use url::Url;

use crate::Problem;

/// A database of this name beside the one that is named.
pub fn url(base: &str, name: &str) -> Result<String, Problem> {
    let mut url = Url::parse(base)?;
    url.set_path(name);
    Ok(url.into())
}

/// Makes, migrates and fills the database where that is not done, and brings the day rollups up to date.
pub async fn ensure(url: &str) -> Result<(), Problem> {
    Store::create_database(url).await?;
    if is_old(url).await? {
        // Today would have no deployments, and the DORA page less to do.
        println!("The data is older than a day: making it again.");
        Store::drop_database(url).await?;
        Store::create_database(url).await?;
    }
    let pool = PgPoolOptions::new().max_connections(4).connect(url).await?;
    let store = Store::on(pool.clone());
    store.migrate().await?;
    let services: i64 = sqlx::query_scalar("select count(*) from services")
        .fetch_one(&pool)
        .await?;
    if services == 0 {
        println!("Making 10,000 services, 1,000,000 deploys and 5,000,000 events (a few minutes) …");
        let begun = Instant::now();
        sqlx::raw_sql(include_str!("fill.sql")).execute(&pool).await?;
        // Alone: a script of several statements is one transaction.
        sqlx::query("vacuum analyze").execute(&pool).await?;
        println!("  filled in {:.0} s", begun.elapsed().as_secs_f64());
    }
    roll_up(&pool).await
}

/// Whether there is data, and nothing in it happened since yesterday.
async fn is_old(url: &str) -> Result<bool, Problem> {
    let mut connection = PgConnection::connect(url).await?;
    let made: bool = sqlx::query_scalar("select to_regclass('deploys') is not null")
        .fetch_one(&mut connection)
        .await?;
    if !made {
        return Ok(false);
    }
    let old = "select coalesce(max(exposed_at) < now() - interval '1 day', false) from deploys";
    let old = sqlx::query_scalar(old).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(old)
}

/// What the job does in a running server.
async fn roll_up(pool: &PgPool) -> Result<(), Problem> {
    let commands = Commands::new(Store::on(pool.clone()), Arc::new(SystemClock));
    let begun = Instant::now();
    let mut made = 0;
    loop {
        match commands.refresh_dora_days().await? {
            0 => break,
            days => made += days,
        }
    }
    if made > 0 {
        println!(
            "  rolled up {made} days in {:.1} s",
            begun.elapsed().as_secs_f64()
        );
    }
    sqlx::query("vacuum analyze dora_days").execute(pool).await?;
    Ok(())
}
