//! Deriving a service with a long history: one more fact writes what follows from it, and takes no time that anybody feels.

use std::time::{Duration, Instant};

use domain::{
    actor::Actor,
    deploys::{derive::derive, record::records},
    ids::ServiceId,
};
use sqlx::{Executor, PgPool};
use store::Store;
use uuid::Uuid;

use super::commands;
use crate::soak;

const BUSY: ServiceId = ServiceId(Uuid::from_u128(0x7000_8000_0000_0000_bbbb));

async fn fill(pool: &PgPool) {
    pool.execute(include_str!("busy.sql")).await.unwrap();
}

/// Row versions of everything derived for each deploy.
async fn versions(pool: &PgPool) -> Vec<(Uuid, String)> {
    sqlx::query_as(
        "select d.id, d.xmin || coalesce((select string_agg(l.xmin::text, ',') from lead_times l where l.deploy_id = d.id), '')
             || coalesce((select string_agg(c.xmin::text, ',') from deploy_changes c where c.deploy_id = d.id), '')
         from deploys d order by d.id",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Another report about the newest deploy of production.
async fn one_more_event(pool: &PgPool, note: &str) {
    sqlx::query(
        "insert into deploy_events (deploy_id, source_key, part, state, at)
         select id, $1, '2', 'succeeded', created_at + interval '9 minutes' from deploys where key = 'run:12001/1'",
    )
    .bind(note)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn one_more_fact_writes_only_what_follows_from_it(pool: PgPool) {
    let commands = commands(&pool).await;
    fill(&pool).await;
    commands.derive_service(BUSY).await.unwrap();
    let (counted, delivered): (i64, i64) = sqlx::query_as(
        "select (select count(*) from deploys where counted), (select count(*) from lead_times)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((counted, delivered), (1200, 1199), "the first is the baseline");
    let before = versions(&pool).await;
    one_more_event(&pool, "more").await;
    commands.derive_service(BUSY).await.unwrap();
    let after = versions(&pool).await;
    let written = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    assert_eq!((before.len(), written), (2400, 1));
}

#[sqlx::test(migrations = "../migrations")]
#[ignore = "measures; run by `make soak`"]
async fn soak_where_the_time_goes(pool: PgPool) {
    let commands = commands(&pool).await;
    fill(&pool).await;
    let timed = async || {
        let start = Instant::now();
        commands.derive_service(BUSY).await.unwrap();
        start.elapsed()
    };
    let everything = timed().await;
    let (mut nothing, mut one_more) = (Duration::MAX, Duration::MAX);
    for round in 0..3 {
        nothing = nothing.min(timed().await);
        one_more_event(&pool, &format!("more {round}")).await;
        one_more = one_more.min(timed().await);
    }
    let parts = parts(&pool).await;
    let shown = |time: Duration| format!("{} ms", time.as_millis());
    soak::note(
        "derivation",
        &[
            ("everything is new", shown(everything)),
            ("nothing is new, the best of three", shown(nothing)),
            ("one more event, the best of three", shown(one_more)),
            ("of these: facts are loaded", shown(parts[0])),
            ("of these: what follows is derived", shown(parts[1])),
            ("of these: records are made", shown(parts[2])),
            ("of these: records are written as JSON", shown(parts[3])),
        ],
    );
}

/// How long loading, deriving, recording and printing take, each the best of three.
async fn parts(pool: &PgPool) -> [Duration; 4] {
    let store = Store::on(pool.clone());
    let mut best = [Duration::MAX; 4];
    for _ in 0..3 {
        let start = Instant::now();
        let mut tx = store.begin(&Actor::CommandLine).await.unwrap();
        let snapshot = tx.service_snapshot(BUSY).await.unwrap().unwrap();
        let loaded = start.elapsed();
        let derived = derive(&snapshot.facts, chrono::Utc::now());
        let followed = start.elapsed();
        let records = records(&snapshot.facts, &derived);
        let recorded = start.elapsed();
        let bytes: usize = records
            .iter()
            .map(|record| serde_json::to_vec(record).unwrap().len())
            .sum();
        let printed = start.elapsed();
        assert!(bytes > 0, "there are records");
        let round = [loaded, followed - loaded, recorded - followed, printed - recorded];
        for (best, time) in best.iter_mut().zip(round) {
            *best = (*best).min(time);
        }
    }
    best
}
