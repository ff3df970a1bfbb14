//! The inbox: one statement that stores a delivery once, and the pages of its list.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use domain::{
    ids::DeliveryId,
    intake::{DeliveryFilter, DeliveryStatus, NewDelivery},
    page::Position,
};
use serde_json::json;
use sqlx::PgPool;
use store::{DeliveryToStore, Store, StoreError, Stored};
use uuid::Uuid;

/// A new id: tests need no more of it than that it is new.
fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

async fn store(pool: &PgPool) -> Store {
    let store = Store::on(pool.clone());
    store.migrate().await.unwrap();
    store
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + second, 0).unwrap()
}

fn named(id: &str, body: &str) -> NewDelivery {
    NewDelivery {
        source: "github".into(),
        delivery_id: id.into(),
        event: "push".into(),
        body: body.into(),
    }
}

async fn insert(store: &Store, delivery: &NewDelivery, second: i64) -> Stored {
    let to_store = DeliveryToStore {
        id: DeliveryId(fresh()),
        received_at: at(second),
        delivery,
        body_sha256: [delivery.body.len().try_into().unwrap(); 32],
        payload: json!({}),
    };
    let stored = store
        .insert_deliveries("process_delivery", &[to_store])
        .await
        .unwrap();
    stored[0]
}

#[sqlx::test(migrations = false)]
async fn deliveries_of_one_statement_are_told_apart(pool: PgPool) {
    let store = store(&pool).await;
    assert_eq!(insert(&store, &named("d-1", "one"), 0).await, Stored::New);
    let together = [
        named("d-2", "two"),
        named("d-1", "one"),
        named("d-2", "two"),
        named("d-1", "another"),
        named("d-3", "three"),
        named("d-3", "threes"),
    ];
    let to_store: Vec<_> = together
        .iter()
        .map(|delivery| DeliveryToStore {
            id: DeliveryId(fresh()),
            received_at: at(1),
            delivery,
            body_sha256: [delivery.body.len().try_into().unwrap(); 32],
            payload: json!({ "about": delivery.delivery_id }),
        })
        .collect();
    let stored = store
        .insert_deliveries("process_delivery", &to_store)
        .await
        .unwrap();
    let wanted = [
        Stored::New,
        Stored::Duplicate,
        Stored::Duplicate,
        Stored::OtherBody,
        Stored::New,
        Stored::OtherBody,
    ];
    assert_eq!(stored, wanted);
    let kept: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select delivery_id, body from deliveries order by delivery_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let kept: Vec<_> = kept
        .iter()
        .map(|(id, body)| (id.as_str(), body.as_slice()))
        .collect();
    assert_eq!(
        kept,
        [("d-1", b"one".as_slice()), ("d-2", b"two"), ("d-3", b"three")]
    );
    let jobs: Vec<Option<String>> = sqlx::query_scalar(
        "select payload ->> 'about' from graphile_worker._private_jobs order by 1 nulls first",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(
        jobs,
        [None, Some("d-2".to_owned()), Some("d-3".to_owned())],
        "a job for each that is new"
    );
}

#[sqlx::test(migrations = false)]
async fn a_delivery_is_stored_once_with_one_job(pool: PgPool) {
    let store = store(&pool).await;
    assert_eq!(insert(&store, &named("d-1", "one"), 0).await, Stored::New);
    assert_eq!(insert(&store, &named("d-1", "one"), 1).await, Stored::Duplicate);
    assert_eq!(insert(&store, &named("d-1", "other"), 2).await, Stored::OtherBody);
    let nul = insert(&store, &named("d-2", "{\"a\": \"\u{0}\"}"), 3).await;
    assert_eq!(nul, Stored::New, "a body may hold any byte");
    let counts: (i64, i64) = sqlx::query_as(
        "select (select count(*) from deliveries), (select count(*) from graphile_worker._private_jobs)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(counts, (2, 2));
}

#[sqlx::test(migrations = false)]
async fn of_many_at_once_exactly_one_is_new(pool: PgPool) {
    let store = store(&pool).await;
    let tasks: Vec<_> = (0..16)
        .map(|second| {
            let store = store.clone();
            tokio::spawn(async move { insert(&store, &named("d-1", "one"), second).await })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        match task.await.unwrap() {
            Stored::New => new += 1,
            outcome => assert_eq!(outcome, Stored::Duplicate),
        }
    }
    assert_eq!(new, 1);
}

#[sqlx::test(migrations = false)]
async fn pages_cover_the_inbox_forwards_and_backwards(pool: PgPool) {
    let store = store(&pool).await;
    for index in 0..25 {
        // Several of one second: the id decides.
        insert(&store, &named(&format!("d-{index}"), "x"), index / 4).await;
    }
    let (reads, filter) = (store.reads(), DeliveryFilter::default());
    let (mut position, mut forwards) = (Position::Start, Vec::new());
    let last = loop {
        let page = reads.deliveries(&filter, &position, 10).await.unwrap();
        forwards.extend(page.rows.iter().map(|row| row.delivery_id.clone()));
        match &page.next {
            Some(next) => position = Position::After(next.clone()),
            None => break page,
        }
    };
    assert_eq!(forwards.len(), 25);
    assert_eq!(forwards.iter().collect::<HashSet<_>>().len(), 25);
    let before = Position::Before(last.previous.unwrap());
    let page = reads.deliveries(&filter, &before, 10).await.unwrap();
    assert_eq!(
        page.rows.iter().map(|row| &row.delivery_id).collect::<Vec<_>>(),
        forwards[10..20].iter().collect::<Vec<_>>()
    );

    let dead = DeliveryFilter {
        status: Some(DeliveryStatus::Dead),
        ..DeliveryFilter::default()
    };
    assert!(
        reads
            .deliveries(&dead, &Position::Start, 10)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    let one = DeliveryFilter {
        text: Some("d-7".into()),
        ..DeliveryFilter::default()
    };
    assert_eq!(
        reads
            .deliveries(&one, &Position::Start, 10)
            .await
            .unwrap()
            .rows
            .len(),
        1
    );
    assert_eq!(
        reads.delivery_counts(&dead).await.unwrap(),
        [(DeliveryStatus::Received, 25)]
    );
    let broken = reads.deliveries(&filter, &Position::After("x".into()), 10).await;
    assert!(matches!(broken, Err(StoreError::BadCursor)));
}
