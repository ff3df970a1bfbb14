//! What is kept for a time only: bodies go, keys stay, and what waits is never dropped.

use chrono::TimeDelta;
use commands::{Commands, Received};
use domain::intake::NewDelivery;
use sqlx::PgPool;

use super::{commands, take_in};

async fn receive(commands: &Commands, id: &str) -> Received {
    let new = NewDelivery {
        source: "github".into(),
        delivery_id: id.into(),
        event: "ping".into(),
        body: br#"{"zen":"Keep it simple."}"#.to_vec(),
    };
    take_in(commands, new).await.unwrap()
}

/// A delivery that came so many days ago.
async fn received(commands: &Commands, pool: &PgPool, id: &str, days: i32, status: &str) {
    assert_eq!(receive(commands, id).await, Received::New);
    sqlx::query(
        "update deliveries set received_at = now() - make_interval(days => $2), status = $3 where delivery_id = $1",
    )
    .bind(id)
    .bind(days)
    .bind(status)
    .execute(pool)
    .await
    .unwrap();
}

async fn kept(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select delivery_id from deliveries order by delivery_id")
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn partitions(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from pg_inherits where inhparent = 'deliveries'::regclass")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn bodies_go_after_ninety_days_and_keys_stay(pool: PgPool) {
    let commands = commands(&pool).await;
    sqlx::query("select ensure_month_partitions('deliveries', (now() - interval '200 days')::date, 1)")
        .execute(&pool)
        .await
        .unwrap();
    let before = partitions(&pool).await;
    for (id, days, status) in [
        ("today", 0, "received"),
        ("89 days", 89, "processed"),
        ("91 days", 91, "processed"),
        ("91 days, ignored", 91, "ignored"),
        ("91 days, dead", 91, "dead"),
        ("200 days", 200, "processed"),
        ("300 days, waiting", 300, "received"),
    ] {
        received(&commands, &pool, id, days, status).await;
    }
    assert_eq!(commands.drop_old().await.unwrap(), 4);
    assert_eq!(kept(&pool).await, ["300 days, waiting", "89 days", "today"]);
    assert_eq!(
        partitions(&pool).await,
        before - 1,
        "a month that is over goes whole"
    );
    assert_eq!(commands.drop_old().await.unwrap(), 0);

    for id in ["91 days", "200 days", "today"] {
        assert_eq!(
            receive(&commands, id).await,
            Received::Duplicate,
            "{id} is still known"
        );
    }
    let other = NewDelivery {
        source: "github".into(),
        delivery_id: "91 days".into(),
        event: "ping".into(),
        body: b"{}".to_vec(),
    };
    assert!(take_in(&commands, other).await.is_err(), "so is its body");
    assert_eq!(kept(&pool).await.len(), 3);
}

#[sqlx::test(migrations = false)]
async fn a_month_with_something_that_waits_stays(pool: PgPool) {
    let commands = commands(&pool).await;
    sqlx::query("select ensure_month_partitions('deliveries', (now() - interval '200 days')::date, 1)")
        .execute(&pool)
        .await
        .unwrap();
    let before = partitions(&pool).await;
    received(&commands, &pool, "waiting", 200, "received").await;
    received(&commands, &pool, "done", 200, "processed").await;
    assert_eq!(commands.drop_old().await.unwrap(), 1);
    assert_eq!(kept(&pool).await, ["waiting"]);
    assert_eq!(partitions(&pool).await, before);
}

#[sqlx::test(migrations = false)]
async fn another_time_can_be_set_and_the_rest_goes_with_it(pool: PgPool) {
    let commands = commands(&pool).await.keeping_deliveries(TimeDelta::days(7));
    received(&commands, &pool, "a", 8, "processed").await;
    received(&commands, &pool, "b", 6, "processed").await;
    sqlx::raw_sql(
        "insert into tokens (id, name, sha256, scopes, created_at, expires_at)
             values ('00000000-0000-7000-8000-000000000001', 'CI', '\\x00', '{read}', now(), now());
         insert into idempotency_keys (token_id, key, request_sha256, answer, created_at)
             select '00000000-0000-7000-8000-000000000001', days::text, '\\x00', 'null', now() - make_interval(days => days)
             from unnest(array[6, 8]) days;
         delete from graphile_worker._private_jobs;
         select graphile_worker.add_job('old'), graphile_worker.add_job('young'), graphile_worker.add_job('alive');
         update graphile_worker._private_jobs set max_attempts = 1, attempts = 1
             where task_id in (select id from graphile_worker._private_tasks where identifier in ('old', 'young'));
         update graphile_worker._private_jobs set run_at = now() - interval '31 days'
             where task_id in (select id from graphile_worker._private_tasks where identifier in ('old', 'alive'));",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(commands.drop_old().await.unwrap(), 1);
    assert_eq!(kept(&pool).await, ["b"]);
    let keys: Vec<String> = sqlx::query_scalar("select key from idempotency_keys")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(keys, ["6"], "a request is remembered for a week");
    let jobs: Vec<String> = sqlx::query_scalar(
        "select t.identifier from graphile_worker._private_jobs j
         join graphile_worker._private_tasks t on t.id = j.task_id order by 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(jobs, ["alive", "young"], "dead jobs stay for a month");
}
