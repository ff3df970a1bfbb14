//! Deliveries that arrive at once: stored together, answered one by one.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::fakes::github::Delivery;

use super::receiving::{OPEN, SECRET, delivery, post};
use crate::harness::{App, client, count};

/// How often each status was answered to deliveries that were sent at once.
async fn at_once(app: &App, deliveries: &[Delivery]) -> BTreeMap<StatusCode, usize> {
    let sent = stream::iter(deliveries).map(async |one| post(app, one, SECRET).await.status());
    let statuses: Vec<_> = sent.buffer_unordered(deliveries.len()).collect().await;
    let mut counts = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_default() += 1;
    }
    counts
}

fn ping(id: &str, body: &Value) -> Delivery {
    delivery(id, "ping", body)
}

#[sqlx::test(migrations = false)]
async fn each_id_is_stored_once_and_another_body_is_refused(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let first: Vec<_> = (0..50)
        .map(|n| ping(&format!("d-{n}"), &json!({ "n": n })))
        .collect();
    assert_eq!(
        at_once(&app, &first).await,
        BTreeMap::from([(StatusCode::ACCEPTED, 50)])
    );
    // Again, thrice each, with as many new ones and ten that reuse an id.
    let mut again: Vec<_> = (0..150)
        .map(|n| ping(&format!("d-{}", n % 50), &json!({ "n": n % 50 })))
        .collect();
    again.extend((50..100).map(|n| ping(&format!("d-{n}"), &json!({ "n": n }))));
    again.extend((0..10).map(|n| ping(&format!("d-{n}"), &json!({ "other": n }))));
    let wanted = BTreeMap::from([(StatusCode::ACCEPTED, 200), (StatusCode::CONFLICT, 10)]);
    assert_eq!(at_once(&app, &again).await, wanted);
    for stored in [
        "select count(*) from deliveries",
        "select count(*) from delivery_keys",
        "select count(*) from graphile_worker._private_jobs",
    ] {
        assert_eq!(count(&pool, stored).await, 100, "{stored}");
    }
    let whole = "select count(*) from deliveries where convert_from(body, 'UTF8')::jsonb ->> 'n' = substr(delivery_id, 3)";
    assert_eq!(count(&pool, whole).await, 100, "each with its own body");
    let reused = "select count(*) from security_events where kind = 'delivery_id_reused'";
    assert_eq!(count(&pool, reused).await, 10);
}

#[sqlx::test(migrations = false)]
async fn one_that_cannot_be_stored_takes_no_other_along(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    sqlx::raw_sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
         create trigger refuse before insert on deliveries for each row when (new.event = 'broken') execute function refuse()",
    )
    .execute(&pool)
    .await
    .unwrap();
    let mut deliveries: Vec<_> = (0..60).map(|n| ping(&format!("d-{n}"), &json!({}))).collect();
    deliveries.insert(30, delivery("broken", "broken", &json!({})));
    let wanted = BTreeMap::from([(StatusCode::ACCEPTED, 60), (StatusCode::INTERNAL_SERVER_ERROR, 1)]);
    assert_eq!(at_once(&app, &deliveries).await, wanted);
    assert_eq!(count(&pool, "select count(*) from deliveries").await, 60);
    assert_eq!(count(&pool, "select count(*) from delivery_keys").await, 60);
}

#[sqlx::test(migrations = false)]
async fn a_sender_that_hangs_up_takes_no_other_along(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    for round in 0..20 {
        let staying: Vec<_> = (0..8)
            .map(|n| ping(&format!("stays-{round}-{n}"), &json!({})))
            .collect();
        let hasty = ping(&format!("hasty-{round}"), &json!({}));
        let (http, url) = (client(), app.url("/webhooks/github"));
        let hanging_up = tokio::time::timeout(
            std::time::Duration::from_millis(round),
            hasty.post(&http, &url, SECRET),
        );
        let (answers, _) = tokio::join!(at_once(&app, &staying), hanging_up);
        assert_eq!(answers, BTreeMap::from([(StatusCode::ACCEPTED, 8)]));
    }
    let stayed = "select count(*) from deliveries where delivery_id like 'stays-%'";
    assert_eq!(count(&pool, stayed).await, 160);
}
