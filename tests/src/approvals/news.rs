//! Whoever chose it hears that somebody is asked, and what was decided.

use domain::approvals::ReviewVerdict;
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

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_review_that_is_overdue_is_told_once_and_counted_until_it_is_made(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("lena", Role::Admin).await;
    let eve = ground.person("eve", Role::Approver).await;
    let commands = &ground.commands;
    let id = ground.open("a", "github:1/1/live").await.id;
    let undecided = async || commands.reads().undecided(commands.now()).await.unwrap();
    assert!(undecided().await.oldest.is_some());
    commands
        .break_glass(&admin, id, "customers cannot pay")
        .await
        .unwrap();
    let now = undecided().await;
    assert_eq!((now.oldest, now.reviews_overdue), (None, 0));
    let before = told(&ground.pool).await.len();
    ground.clock.forward(TimeDelta::hours(25));
    for _ in 0..2 {
        commands.expire_due().await.unwrap();
        ground.clock.forward(TimeDelta::minutes(1));
    }
    let after = told(&ground.pool).await;
    assert_eq!(after.len(), before + 1, "{after:?}");
    let why: String = sqlx::query_scalar("select payload ->> 'reason' from outbox order by id desc limit 1")
        .fetch_one(&ground.pool)
        .await
        .unwrap();
    assert!(
        why.starts_with("Nobody has reviewed this within 24 hours"),
        "{why}"
    );
    assert_eq!(undecided().await.reviews_overdue, 1);
    commands
        .review_break_glass(&eve, id, ReviewVerdict::Justified, "it had to be")
        .await
        .unwrap();
    assert_eq!(undecided().await.reviews_overdue, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_freeze_held_is_told_when_the_policy_lets_it_go_and_stands_in_the_trail(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let hour = |hours| {
        (Utc::now() + TimeDelta::hours(hours))
            .format("%Y-%m-%dT%H:%M")
            .to_string()
    };
    let freezes = json!([{ "name": "Sale", "timeZone": "UTC", "from": hour(-1), "to": hour(2) }]);
    sqlx::query(
        "update policies set document = jsonb_set(jsonb_set(document, '{spec,freezes}', $1), '{spec,minApprovals}', '0')",
    )
    .bind(&freezes)
    .execute(&ground.pool)
    .await
    .unwrap();
    ground.open("a", "github:1/1/live").await;
    ground.clock.forward(TimeDelta::hours(3));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 1);
    let last = told(&ground.pool).await.pop().unwrap();
    assert_eq!(
        last,
        ("approval_decided".to_owned(), Some("approved".to_owned()), None)
    );
    let before = told(&ground.pool).await.len();
    ground.open("b", "github:2/1/live").await;
    assert_eq!(told(&ground.pool).await.len(), before, "nobody was asked");
    let by_policy: i64 =
        sqlx::query_scalar("select count(*) from audit where action = 'approval.approve_by_policy'")
            .fetch_one(&ground.pool)
            .await
            .unwrap();
    assert_eq!(by_policy, 2);
}
