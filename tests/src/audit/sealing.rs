//! Sealing: nothing is skipped, nobody waits, one process at a time.

use std::time::{Duration, Instant};

use futures::future::join_all;
use sqlx::{Acquire as _, PgPool, postgres::PgPoolOptions};
use store::SealRules;

use super::{change, commands, seal, verdict, write};

/// What the promise names.
const ROWS: i64 = 100_000;
const WRITERS: i64 = 16;
/// Rows of one transaction.
const A_COMMIT: i64 = 50;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_hundred_thousand_rows_of_sixteen_writers_are_whole(pool: PgPool) {
    let commands = commands(&pool).await;
    let options = (*pool.connect_options()).clone();
    let connections = PgPoolOptions::new().max_connections(16);
    let pool = connections.connect_with(options).await.unwrap();
    let begun = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mine = ROWS / WRITERS;
            for commit in 0..mine / A_COMMIT {
                write(&pool, writer * mine + commit * A_COMMIT, A_COMMIT).await;
            }
        })
    });
    let writing = join_all(writers);
    let sealer = commands.clone();
    let sealing = tokio::spawn(async move {
        let mut sealed = 0;
        while sealed < ROWS {
            let (some, more) = sealer.seal_audit().await.unwrap();
            sealed += i64::try_from(some).unwrap();
            if !more {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        sealed
    });
    for writer in writing.await {
        writer.unwrap();
    }
    let written = begun.elapsed();
    assert_eq!(sealing.await.unwrap(), ROWS);
    let sealed = begun.elapsed();

    let begun = Instant::now();
    let verdict = commands
        .verify_audit(&commands::trail::Verifying::default())
        .await
        .unwrap();
    assert_eq!((verdict.fault, verdict.last), (None, ROWS));
    println!(
        "{ROWS} rows by {WRITERS} writers: written in {written:.1?}, sealed {:.1?} later, verified in {:.1?}",
        sealed.saturating_sub(written),
        begun.elapsed()
    );
    let state = commands.reads().audit_chain().await.unwrap();
    assert_eq!(
        (state.sealed, state.unsealed, state.checkpoint),
        (ROWS, 0, Some(ROWS))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_commits_late_is_sealed_when_it_comes_and_holds_nobody_up(pool: PgPool) {
    let commands = commands(&pool).await;
    let mut connection = pool.acquire().await.unwrap();
    let mut slow = connection.begin().await.unwrap();
    sqlx::query(
        "insert into audit (id, at, actor_kind, actor_name, action, subject)
         values (gen_random_uuid(), now(), 'local', 'slow', 'x.do', 'x:1')",
    )
    .execute(&mut *slow)
    .await
    .unwrap();
    change(&commands, "Fast").await.unwrap();
    assert_eq!(seal(&commands, 10).await, 1, "only what is committed");
    slow.commit().await.unwrap();
    assert_eq!(seal(&commands, 10).await, 1);
    let order: Vec<String> = sqlx::query_scalar(
        "select a.actor_name from audit_seals s join audit a on a.id = s.audit_id order by s.number",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(order, ["command line", "slow"]);
    assert_eq!(verdict(&commands, 10).await.fault, None);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_process_seals_at_a_time(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, 900).await;
    let mut connection = pool.acquire().await.unwrap();
    let mut other = connection.begin().await.unwrap();
    sqlx::query("select from audit_head for update")
        .execute(&mut *other)
        .await
        .unwrap();
    assert_eq!(
        commands.seal_audit().await.unwrap(),
        (0, false),
        "another one is at it"
    );
    drop(other);
    drop(connection);

    let rules = SealRules {
        at_once: 50,
        checkpoint_every: 100,
    };
    let sealers = (0..8).map(|_| {
        let commands = commands.clone();
        tokio::spawn(async move {
            let mut sealed = 0;
            for _ in 0..30 {
                sealed += commands.store().seal_audit(commands.now(), rules).await.unwrap();
            }
            sealed
        })
    });
    let sealed: usize = join_all(sealers).await.into_iter().map(Result::unwrap).sum();
    let rest = seal(&commands, 100).await;
    assert_eq!(sealed + rest, 900);
    assert_eq!(verdict(&commands, 100).await.fault, None);
    let numbers = commands.reads().audit_chain().await.unwrap();
    assert_eq!((numbers.sealed, numbers.checkpoint), (900, Some(900)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_finds_the_number_of_its_rows(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, 3).await;
    seal(&commands, 10).await;
    change(&commands, "Later").await.unwrap();
    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("select id from audit order by at")
        .fetch_all(&pool)
        .await
        .unwrap();
    let ids: Vec<domain::ids::AuditId> = ids.into_iter().map(Into::into).collect();
    let numbers = commands.reads().audit_seals(&ids).await.unwrap();
    let numbers: Vec<Option<i64>> = ids.iter().map(|id| numbers.get(id).copied()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), None]);
    let state = commands.reads().audit_chain().await.unwrap();
    assert_eq!((state.sealed, state.unsealed), (3, 1));
    assert!(state.oldest_unsealed.is_some());
    let backlog = commands.reads().backlog().await.unwrap();
    assert_eq!(
        (backlog.audit_unsealed, backlog.oldest_unsealed),
        (1, state.oldest_unsealed)
    );
}
