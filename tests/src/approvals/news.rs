//! Whoever chose it hears that somebody is asked, and what was decided.

use sqlx::PgPool;

use super::*;

/// What is to be told, in order: the topic, how it was decided, by whom.
async fn told(pool: &PgPool) -> Vec<(String, Option<String>, Option<String>)> {
    sqlx::query_as(
        "select payload ->> 'topic', payload ->> 'outcome', payload #>> '{by,name}' from outbox where kind = 'tell' order by id",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

fn news(topic: &str, outcome: Option<&str>, by: &str) -> (String, Option<String>, Option<String>) {
    (topic.into(), outcome.map(Into::into), Some(by.into()))
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_asked_and_decided_is_told_once(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let admin = ground.person("lena", Role::Admin).await;
    let first = ground.open("a", "github:1/1/live").await.id;
    ground.open("a", "step:1/1/smoke").await;
    ground.approve(&eve, first, "a").await.unwrap();
    let second = ground.open("b", "github:2/1/live").await.id;
    ground
        .commands
        .break_glass(&admin, second, "customers cannot pay")
        .await
        .unwrap();
    let asked = || news("approval_requested", None, "command line");
    assert_eq!(
        told(&ground.pool).await,
        [
            asked(),
            news("approval_decided", Some("approved"), "eve"),
            asked(),
            news("break_glass", Some("bypassed"), "lena"),
        ]
    );
    ground.open("c", "github:3/1/live").await;
    ground.clock.forward(TimeDelta::hours(24));
    ground.commands.expire_due().await.unwrap();
    let last = told(&ground.pool).await.pop().unwrap();
    assert_eq!(
        last,
        ("approval_decided".to_owned(), Some("expired".to_owned()), None)
    );
}
