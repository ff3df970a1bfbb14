//! The audit trail: rows of sixteen writers, until they are sealed, and following all of them from the first to the last.

use std::{sync::Arc, time::Instant};

use commands::{Commands, SystemClock, trail::Verifying};
use futures::future::try_join_all;
use sqlx::{PgPool, postgres::PgPoolOptions};
use store::Store;

use crate::{
    Problem, fill,
    sheet::{Limit::AtMost, Sheet},
};

const ROWS: i64 = 100_000;
const WRITERS: i64 = 16;
/// Rows of one transaction.
const A_COMMIT: i64 = 50;

/// In a database of its own, which goes again.
pub async fn measure(sheet: &mut Sheet, base: &str) -> Result<(), Problem> {
    let url = fill::url(base, "fairway_bench_trail")?;
    Store::drop_database(&url).await?;
    Store::create_database(&url).await?;
    let pool = PgPoolOptions::new().max_connections(16).connect(&url).await?;
    let store = Store::on(pool.clone());
    store.migrate().await?;
    let commands = Commands::new(store, Arc::new(SystemClock));

    let begun = Instant::now();
    try_join_all((0..WRITERS).map(|writer| write(&pool, writer))).await?;
    let written = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    while commands.seal_audit().await?.1 {}
    let sealed = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let verdict = commands.verify_audit(&Verifying::default()).await?;
    let verified = begun.elapsed().as_secs_f64();
    if verdict.fault.is_some() || verdict.last != ROWS {
        return Err("the trail of the bench is not whole".into());
    }
    sheet.promise(
        "100,000 rows of the audit trail, verified",
        verified,
        "s",
        AtMost(5.0),
    );
    sheet.note("written by 16 writers", written, "s");
    sheet.note("sealed afterwards", sealed, "s");
    pool.close().await;
    Store::drop_database(&url).await?;
    Ok(())
}

/// What one writer writes.
async fn write(pool: &PgPool, writer: i64) -> Result<(), sqlx::Error> {
    let mine = ROWS / WRITERS;
    for commit in 0..mine / A_COMMIT {
        sqlx::query(include_str!("../audit/rows.sql"))
            .bind(writer * mine + commit * A_COMMIT)
            .bind(A_COMMIT)
            .execute(pool)
            .await?;
    }
    Ok(())
}
