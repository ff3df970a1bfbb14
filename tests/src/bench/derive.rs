//! One more fact about a service with a long history: how long until everything that follows from it is written.

use std::{sync::Arc, time::Instant};

use commands::{Commands, SystemClock};
use domain::ids::ServiceId;
use sqlx::PgPool;
use store::Store;
use uuid::Uuid;

use crate::{
    Problem, fill,
    http::Times,
    sheet::{Limit::AtMost, Sheet},
};

/// The service of the script.
const BUSY: ServiceId = ServiceId(Uuid::from_u128(0x7000_8000_0000_0000_bbbb));
/// Facts that are told.
const FACTS: usize = 20;

/// In a database of its own, which goes again.
pub async fn measure(sheet: &mut Sheet, base: &str) -> Result<(), Problem> {
    let url = fill::url(base, "fairway_bench_busy")?;
    Store::drop_database(&url).await?;
    Store::create_database(&url).await?;
    let pool = PgPool::connect(&url).await?;
    let store = Store::on(pool.clone());
    store.migrate().await?;
    sqlx::raw_sql(include_str!("../deploys/busy.sql"))
        .execute(&pool)
        .await?;
    let commands = Commands::new(store, Arc::new(SystemClock));
    let begun = Instant::now();
    commands.derive_service(BUSY).await?;
    let first = begun.elapsed().as_secs_f64() * 1000.0;
    let mut times = Vec::new();
    for fact in 0..FACTS {
        sqlx::query(
            "insert into deploy_events (deploy_id, source_key, part, state, at)
             select id, $1, '2', 'succeeded', created_at + interval '9 minutes' from deploys where key = 'run:12001/1'",
        )
        .bind(format!("bench:{fact}"))
        .execute(&pool)
        .await?;
        let begun = Instant::now();
        commands.derive_service(BUSY).await?;
        times.push(begun.elapsed());
    }
    let times = Times::of(times);
    let what = "one more fact about a service of 1,200 deploys to production, p95";
    sheet.promise(what, times.share(0.95), "ms", AtMost(100.0));
    sheet.note("p50", times.share(0.5), "ms");
    sheet.note("deriving all of it for the first time", first, "ms");
    pool.close().await;
    Store::drop_database(&url).await?;
    Ok(())
}
