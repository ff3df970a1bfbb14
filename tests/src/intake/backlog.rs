//! A long queue is worked off without pauses, and a job whose place another one took is no failure.

use std::time::Duration;

use chrono::DateTime;
use domain::page::Position;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    commands,
    queue::{serve, until},
};
use crate::process::Folder;

/// Far more than workers that take one job at each poll would do in a minute, and seconds of work for ones that go on.
const MANY: i32 = 600;

#[sqlx::test(migrations = false)]
async fn a_long_queue_is_worked_off_without_pauses(pool: PgPool) {
    let folder = Folder::new("long-queue").with_site();
    commands(&pool).await;
    // Of services that are gone: what is shown is the queue, not the deriving. All in one transaction, as an import does it.
    sqlx::query(
        "select graphile_worker.add_job('derive_service', json_build_object('service', gen_random_uuid()))
         from generate_series(1, $1)",
    )
    .bind(MANY)
    .execute(&pool)
    .await
    .unwrap();
    let _fairway = serve(&folder, &pool, &[]).await;
    until(&pool, "select count(*) = 0 from graphile_worker._private_jobs").await;
}

/// A server without work rests: without its pause the queue is asked thousands of times in this while.
#[sqlx::test(migrations = false)]
async fn an_empty_queue_is_left_in_peace(pool: PgPool) {
    let folder = Folder::new("empty-queue").with_site();
    commands(&pool).await;
    let _fairway = serve(&folder, &pool, &[]).await;
    until(&pool, "select count(*) = 0 from graphile_worker._private_jobs").await;
    let transactions = || {
        sqlx::query_scalar::<_, i64>(
            "select xact_commit from pg_stat_database where datname = current_database()",
        )
        .fetch_one(&pool)
    };
    let before = transactions().await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = transactions().await.unwrap() - before;
    assert!(asked < 400, "{asked} transactions in four seconds");
}

#[sqlx::test(migrations = false)]
async fn a_job_whose_place_another_took_is_no_failure(pool: PgPool) {
    let commands = commands(&pool).await;
    let add = || {
        sqlx::query(
            "select graphile_worker.add_job('derive_service', json_build_object('service', $1::uuid), job_key => 'derive_service:1')",
        )
        .bind(Uuid::nil())
        .execute(&pool)
    };
    add().await.unwrap();
    // A worker has it …
    sqlx::query(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'a worker', attempts = 1",
    )
    .execute(&pool)
    .await
    .unwrap();
    // … when the service changes again, and then the worker dies.
    add().await.unwrap();
    sqlx::query(
        "update graphile_worker._private_jobs set locked_at = null, locked_by = null, last_error = 'the worker died'
         where locked_at is not null",
    )
    .execute(&pool)
    .await
    .unwrap();

    let reads = commands.reads();
    let failed = reads.failed_jobs(None, &Position::Start, 10).await.unwrap();
    assert_eq!(failed.rows, []);
    let counts = reads.failed_job_counts().await.unwrap();
    assert!(counts.iter().all(|(_, count)| *count == 0), "{counts:?}");
    let backlog = reads.backlog().await.unwrap();
    assert_eq!((backlog.jobs_waiting, backlog.jobs_dead), (1, 0));
    let store = commands.store();
    assert_eq!(
        store.drop_dead_jobs_before(DateTime::UNIX_EPOCH).await.unwrap(),
        1
    );
    let left: i64 = sqlx::query_scalar("select count(*) from graphile_worker._private_jobs")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, 1, "the one that took its place");
}
