//! Deliveries whose job is gone: found by the clock, processed after all, and dead in the end where nothing helps.

use commands::{Commands, jobs::ProcessDelivery};
use domain::intake::NewDelivery;
use sqlx::PgPool;

use super::{commands, take_in};
use crate::harness::count;

/// A delivery that came eleven minutes ago.
async fn old_delivery(commands: &Commands, pool: &PgPool, id: &str) -> ProcessDelivery {
    let new = NewDelivery {
        source: "github".into(),
        delivery_id: id.into(),
        event: "ping".into(),
        body: br#"{"zen":"Keep it simple.","hook_id":1}"#.to_vec(),
    };
    take_in(commands, new).await.unwrap();
    let (id, received_at): (uuid::Uuid, _) = sqlx::query_as(
        "update deliveries set received_at = received_at - interval '11 minutes' where delivery_id = $1
         returning id, received_at",
    )
    .bind(id)
    .fetch_one(pool)
    .await
    .unwrap();
    ProcessDelivery {
        id: id.into(),
        received_at,
    }
}

async fn run(pool: &PgPool, statement: &'static str) -> u64 {
    sqlx::query(statement)
        .execute(pool)
        .await
        .unwrap()
        .rows_affected()
}

const LIVING: &str =
    "select count(*) from graphile_worker._private_jobs where attempts < max_attempts and run_at <= now()";

#[sqlx::test(migrations = false)]
async fn a_delivery_whose_job_is_lost_gets_another(pool: PgPool) {
    let commands = commands(&pool).await;
    let job = old_delivery(&commands, &pool, "lost").await;
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 0, "its job waits");
    assert_eq!(run(&pool, "delete from graphile_worker._private_jobs").await, 1);
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 1);
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 0, "it has one again");
    assert_eq!(count(&pool, LIVING).await, 1);

    commands.process_delivery(&job).await.unwrap();
    run(&pool, "delete from graphile_worker._private_jobs").await;
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 0, "it is done");
    let done = "select count(*) from deliveries where status in ('processed', 'ignored')";
    assert_eq!(count(&pool, done).await, 1);
}

#[sqlx::test(migrations = false)]
async fn what_just_came_and_what_runs_is_left_alone(pool: PgPool) {
    let commands = commands(&pool).await;
    old_delivery(&commands, &pool, "young").await;
    run(
        &pool,
        "update deliveries set received_at = now() - interval '9 minutes'",
    )
    .await;
    run(&pool, "delete from graphile_worker._private_jobs").await;
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 0);

    old_delivery(&commands, &pool, "running").await;
    run(
        &pool,
        "update graphile_worker._private_jobs set attempts = max_attempts, locked_at = now(), locked_by = 'me'",
    )
    .await;
    assert_eq!(
        commands.sweep_deliveries().await.unwrap(),
        0,
        "its last attempt runs"
    );
}

#[sqlx::test(migrations = false)]
async fn a_delivery_that_ends_every_job_is_dead_in_the_end_and_says_why(pool: PgPool) {
    let commands = commands(&pool).await;
    old_delivery(&commands, &pool, "poison").await;
    for sweep in 1..=10 {
        let given_up = run(
            &pool,
            "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'the worker died'",
        )
        .await;
        assert_eq!(given_up, 1, "one job at a time, sweep {sweep}");
        assert_eq!(commands.sweep_deliveries().await.unwrap(), 1, "sweep {sweep}");
    }
    let row: (String, i32, String) = sqlx::query_as("select status, attempts, error from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(row, ("dead".into(), 10, "the worker died".into()));
    assert_eq!(
        count(&pool, "select count(*) from graphile_worker._private_jobs").await,
        0
    );
    assert_eq!(commands.sweep_deliveries().await.unwrap(), 0);
}

#[sqlx::test(migrations = false)]
async fn a_job_whose_delivery_is_done_is_needless_and_one_that_waits_is_not(pool: PgPool) {
    let commands = commands(&pool).await;
    for id in ["done", "waits"] {
        let new = NewDelivery {
            source: "github".into(),
            delivery_id: id.into(),
            event: "ping".into(),
            body: br#"{"zen":"Keep it simple.","hook_id":1}"#.to_vec(),
        };
        take_in(&commands, new).await.unwrap();
    }
    assert_eq!(commands.drop_needless_jobs().await.unwrap(), 0);
    let (id, received_at): (uuid::Uuid, _) =
        sqlx::query_as("select id, received_at from deliveries where delivery_id = 'done'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let job = ProcessDelivery {
        id: id.into(),
        received_at,
    };
    commands.process_delivery(&job).await.unwrap();
    assert_eq!(commands.drop_needless_jobs().await.unwrap(), 1);
    assert_eq!(count(&pool, LIVING).await, 1, "the other delivery keeps its own");
}
