//! Requests that end by themselves: by the clock, by a change, by a freeze that is over; and what follows is told once.

use domain::approvals::{ApprovalState, Decided, GateAnswer};
use sqlx::PgPool;

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_expires_and_nothing_is_approved_by_waiting(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let id = ground.open("a", "github:1/1/live").await.id;
    assert_eq!(ground.commands.expire_due().await.unwrap(), 0);
    ground.clock.forward(TimeDelta::hours(24));
    // Before the clock's job comes round, it is too late already.
    assert!(why(ground.approve(&eve, id, "a").await).contains("expired"));
    // What was refused holds the request until its connection is back; who comes round leaves it to the next time.
    let mut ended = 0;
    for _ in 0..100 {
        ended += ground.commands.expire_due().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(ended, 1, "once");
    assert_eq!(ground.state(id).await, "expired");
    let answer = ground
        .commands
        .release_gate("github:1/1/live", &ground.release("a"))
        .await;
    assert_eq!(answer.unwrap(), GateAnswer::No(ApprovalState::Expired));
    // Asking again is asking anew.
    let again = ground.open("a", "github:1/2/live").await;
    assert!(again.is_new && again.id != id);
    let told = ground.commands.take_approval_outcomes().await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].request, told[0].state), (id, ApprovalState::Expired));
    assert_eq!(told[0].gates, ["github:1/1/live"]);
    assert!(ground.commands.take_approval_outcomes().await.unwrap().is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_approval_covers_a_release_and_no_other(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let first = ground.open("a", "github:1/1/live").await;
    let second = ground.open("a", "step:1/1/smoke").await;
    let other = ground.open("b", "github:2/1/live").await;
    assert_eq!((second.id, second.is_new), (first.id, false));
    assert_ne!(other.id, first.id);
    let release = |key: &'static str, sha: &str| {
        let release = ground.release(sha);
        let commands = ground.commands.clone();
        async move { commands.release_gate(key, &release).await.unwrap() }
    };
    assert_eq!(release("github:1/1/live", "a").await, GateAnswer::Wait);
    let came = ground.approve(&eve, first.id, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)));
    assert_eq!(release("github:1/1/live", "b").await, GateAnswer::Changed);
    assert_eq!(release("github:1/1/live", "a").await, GateAnswer::Go);
    assert_eq!(release("github:1/1/live", "a").await, GateAnswer::Gone);
    assert_eq!(release("step:1/1/smoke", "a").await, GateAnswer::Go);
    assert_eq!(release("github:2/1/live", "b").await, GateAnswer::Wait);
    // What comes later and is the same release is covered, until the approval is a day old.
    let third = ground.open("a", "github:3/1/live").await;
    assert_eq!((third.id, third.state), (first.id, ApprovalState::Approved));
    let changed = ground.asked("c", "github:3/1/live");
    assert!(why(ground.commands.open_request(&operator(), &changed).await).contains("under a new key"));
    ground.clock.forward(TimeDelta::hours(24));
    assert!(ground.open("a", "github:4/1/live").await.is_new);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_void_goes_no_more_and_nobody_decides_about_something_else(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let waits = ground.open("a", "github:1/1/live").await.id;
    let approved = ground.open("b", "github:2/1/live").await.id;
    ground.approve(&eve, approved, "b").await.unwrap();
    // As a drive does whose release changed.
    sqlx::query("update approval_requests set state = 'void', ended_at = now(), ended_why = 'it changed'")
        .execute(&ground.pool)
        .await
        .unwrap();
    assert!(why(ground.approve(&eve, waits, "a").await).contains("void already"));
    let answer = ground
        .commands
        .release_gate("github:2/1/live", &ground.release("b"))
        .await;
    assert_eq!(answer.unwrap(), GateAnswer::No(ApprovalState::Void));
    let other = ground.says(Verdict::Approve, "e");
    let third = ground.open("d", "github:3/1/live").await.id;
    let came = why(ground.commands.decide(&eve, third, &other).await);
    assert!(came.contains("has changed since you opened this page"), "{came}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_freeze_holds_back_people_and_policies_that_ask_nobody(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let hour = |hours: i64| {
        (Utc::now() + TimeDelta::hours(hours))
            .format("%Y-%m-%dT%H:%M")
            .to_string()
    };
    let freeze = serde_json::json!([{
        "name": "Sale", "timeZone": "UTC", "from": hour(-1), "to": hour(2),
    }]);
    sqlx::query("update policies set document = jsonb_set(document, '{spec,freezes}', $1)")
        .bind(&freeze)
        .execute(&ground.pool)
        .await
        .unwrap();
    let asked = ground.open("a", "github:1/1/live").await.id;
    sqlx::query("update policies set document = jsonb_set(document, '{spec,minApprovals}', '0')")
        .execute(&ground.pool)
        .await
        .unwrap();
    let free = ground.open("b", "github:2/1/live").await;
    assert_eq!(free.state, ApprovalState::Pending);
    assert!(why(ground.approve(&eve, asked, "a").await).contains("“Sale” lasts until"));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 0);
    ground.clock.forward(TimeDelta::hours(3));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 1);
    assert_eq!(ground.state(free.id).await, "approved");
    assert_eq!(
        ground.state(asked).await,
        "pending",
        "a policy keeps what it asked for"
    );
    ground.approve(&eve, asked, "a").await.unwrap();
    assert_eq!(ground.state(asked).await, "approved");
}
