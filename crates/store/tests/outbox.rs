//! Effects in the database: wanted once, claimed by one sender at a time, and never by a decision that waits for another.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::Actor,
    outbox::{EffectKind, EffectState, EffectTarget, Fate},
};
use serde_json::json;
use sqlx::PgPool;
use store::{NewEffect, Store, Tx};
use uuid::Uuid;

const LEASE: TimeDelta = TimeDelta::minutes(2);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + second, 0).unwrap()
}

/// A new id: tests need no more of it than that it is new.
fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

async fn store(pool: PgPool) -> Store {
    let store = Store::on(pool);
    store.migrate().await.unwrap();
    store
}

async fn begin(store: &Store) -> Tx {
    store.begin_observation(&Actor::CommandLine).await.unwrap()
}

/// An order to an executor of its own.
async fn put(tx: &mut Tx, key: &str) -> bool {
    let target = EffectTarget::Executor(Uuid::nil().into(), fresh().into());
    put_to(tx, key, target).await
}

async fn put_to(tx: &mut Tx, key: &str, target: EffectTarget) -> bool {
    let effect = NewEffect {
        id: fresh().into(),
        key,
        kind: EffectKind::Execute,
        target,
        payload: &json!({ "act": "deploy" }),
        service: None,
        at: at(0),
    };
    tx.put_effect(&effect).await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_key_is_wanted_once_and_decisions_do_not_wait_for_each_other(pool: PgPool) {
    let store = store(pool).await;
    // The queue meets the task for the first time, as when a worker starts.
    let mut first = begin(&store).await;
    put(&mut first, "z").await;
    first.commit().await.unwrap();
    let (mut one, mut two) = (begin(&store).await, begin(&store).await);
    assert!(put(&mut one, "a").await);
    // While the other decision is still open.
    let other = tokio::time::timeout(Duration::from_secs(10), put(&mut two, "b")).await;
    assert!(other.unwrap());
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    let mut again = begin(&store).await;
    assert!(!put(&mut again, "a").await);
    again.commit().await.unwrap();
    let effect = store.reads().effect_of_key("a").await.unwrap().unwrap();
    assert_eq!((effect.state, effect.attempts), (EffectState::Waiting, 0));
}

#[sqlx::test(migrations = false)]
async fn what_one_is_claiming_another_does_not_wait_for(pool: PgPool) {
    let store = store(pool).await;
    let mut tx = begin(&store).await;
    for key in ["a", "b", "c"] {
        put(&mut tx, key).await;
    }
    tx.commit().await.unwrap();
    let (mut one, mut two) = (begin(&store).await, begin(&store).await);
    let first = one.claim_effects(at(1), LEASE, 2).await.unwrap();
    let second = two.claim_effects(at(1), LEASE, 16).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    assert!(
        begin(&store)
            .await
            .claim_effects(at(2), LEASE, 16)
            .await
            .unwrap()
            .is_empty()
    );
}

#[sqlx::test(migrations = false)]
async fn orders_to_one_executor_are_sent_one_after_the_other(pool: PgPool) {
    let store = store(pool).await;
    let to = EffectTarget::Executor(fresh().into(), fresh().into());
    let mut tx = begin(&store).await;
    for key in ["deploy", "stop", "roll_back"] {
        put_to(&mut tx, key, to).await;
    }
    put(&mut tx, "elsewhere").await;
    tx.commit().await.unwrap();
    let claim = async |second| {
        let mut tx = begin(&store).await;
        let claimed = tx.claim_effects(at(second), LEASE, 16).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    };
    let finish = async |claimed, fate| {
        let mut tx = begin(&store).await;
        assert!(tx.finish_effect(claimed, &fate, at(2)).await.unwrap());
        tx.commit().await.unwrap();
    };
    let first = claim(1).await;
    let keys: Vec<&str> = first.iter().map(|effect| effect.key.as_str()).collect();
    assert_eq!(keys, ["deploy", "elsewhere"]);
    assert!(claim(1).await.is_empty(), "the first is being sent");
    let again = Fate::Again {
        at: at(60),
        words: "it is away".to_owned(),
        counts: true,
        unsure: true,
    };
    finish(&first[0], again).await;
    let second = claim(2).await;
    assert_eq!(second.len(), 1);
    assert_eq!(
        second[0].key, "stop",
        "what is tried again later holds up nothing"
    );
    finish(&second[0], Fate::Sent(json!({}))).await;
    assert_eq!(claim(2).await[0].key, "roll_back");
}

#[sqlx::test(migrations = false)]
async fn doubt_and_tries_are_written_as_the_fate_says(pool: PgPool) {
    let store = store(pool).await;
    let mut tx = begin(&store).await;
    put(&mut tx, "a").await;
    let mut now = at(1);
    for (counts, unsure, attempts, is_unsure) in [
        (true, true, 1, true),
        (false, true, 1, true),
        (true, false, 2, false),
    ] {
        let claimed = tx.claim_effects(now, LEASE, 16).await.unwrap();
        let again = Fate::Again {
            at: now,
            words: "away".to_owned(),
            counts,
            unsure,
        };
        assert!(tx.finish_effect(&claimed[0], &again, now).await.unwrap());
        now += TimeDelta::seconds(1);
        let next = tx.claim_effects(now, LEASE, 16).await.unwrap();
        assert_eq!(next[0].unsure_since.is_some(), is_unsure);
        assert_eq!(next[0].attempts, attempts + 1);
        let rest = Fate::Again {
            at: now,
            words: "rest".to_owned(),
            counts: false,
            unsure: is_unsure,
        };
        assert!(tx.finish_effect(&next[0], &rest, now).await.unwrap());
    }
    let claimed = tx.claim_effects(now, LEASE, 16).await.unwrap();
    let dead = Fate::Dead {
        words: "no".to_owned(),
        doubtful: false,
    };
    assert!(tx.finish_effect(&claimed[0], &dead, now).await.unwrap());
    let id = claimed[0].id;
    assert_eq!(tx.reset_effect(id, now).await.unwrap().as_deref(), Some("no"));
    assert_eq!(
        tx.reset_effect(id, now).await.unwrap(),
        None,
        "it is dead no more"
    );
    let replayed = tx.claim_effects(now, LEASE, 16).await.unwrap();
    assert!(replayed[0].is_replayed && replayed[0].unsure_since.is_some());
    assert_eq!(replayed[0].attempts, 1);
}
