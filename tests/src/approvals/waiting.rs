//! What waits for whom, and that open pages are told of what becomes of it.

use domain::{approvals::ReviewVerdict, live::ChangeKind};
use sqlx::PgPool;

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_waits_for_somebody_is_what_they_could_do_now(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let commands = &ground.commands;
    let (ada, eve) = (
        ground.person("ada", Role::Admin).await,
        ground.person("eve", Role::Approver).await,
    );
    let developer = ground.person("dev", Role::Developer).await;
    let machines = ground.open("a", "github:1/1/live").await.id;
    ground.clock.forward(TimeDelta::minutes(1));
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.asked("b", "github:2/1/live")
    };
    let eves = commands.open_request(&eve, &mine).await.unwrap().id;

    let waits = async |who: &Viewer| commands.waits_for(who).await.unwrap();
    assert_eq!(
        waits(&ada).await.decisions,
        [machines, eves],
        "the most urgent first"
    );
    assert_eq!(
        waits(&eve).await.decisions,
        [machines],
        "not what she asked for herself"
    );
    for nobody in [&developer, &operator()] {
        assert_eq!(waits(nobody).await.count(), 0);
    }
    let standing = commands.approval(&eve, eves).await.unwrap();
    assert!(
        standing
            .why_not
            .decide
            .unwrap()
            .starts_with("You asked for this deploy")
    );
    let standing = commands.approval(&ada, eves).await.unwrap();
    assert!(standing.is_last && standing.why_not == commands::WhyNot::default());

    ground.approve(&eve, machines, "a").await.unwrap();
    commands
        .break_glass(&ada, eves, "the shop is down")
        .await
        .unwrap();
    assert_eq!(waits(&ada).await.count(), 0, "nobody reviews what they did");
    let left = waits(&eve).await;
    assert_eq!(
        (left.decisions.len(), left.reviews.len(), left.reviews[0].request),
        (0, 1, eves)
    );
    let late = ground.open("c", "github:3/1/live").await.id;
    assert_eq!(waits(&ada).await.decisions, [late]);
    ground.clock.forward(TimeDelta::hours(25));
    assert!(waits(&ada).await.decisions.is_empty(), "it is over");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whatever_becomes_of_a_request_is_told_to_open_pages(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let commands = &ground.commands;
    let (ada, eve) = (
        ground.person("ada", Role::Admin).await,
        ground.person("eve", Role::Approver).await,
    );
    let told = async || -> i64 {
        sqlx::query_scalar("select count(*) from live_events where kind = $1 and service_id = $2")
            .bind(ChangeKind::Approval.as_str())
            .bind(ground.service.0)
            .fetch_one(&ground.pool)
            .await
            .unwrap()
    };
    let first = ground.open("a", "github:1/1/live").await.id;
    assert_eq!(told().await, 1, "it was opened");
    ground.approve(&eve, first, "a").await.unwrap();
    assert_eq!(told().await, 2, "somebody decided");
    commands
        .release_gate("github:1/1/live", &ground.release("a"))
        .await
        .unwrap();
    assert_eq!(told().await, 3, "what waited went on");
    let second = ground.open("c", "github:2/1/live").await.id;
    commands
        .break_glass(&ada, second, "the shop is down")
        .await
        .unwrap();
    commands
        .review_break_glass(&eve, second, ReviewVerdict::Justified, "it had to be")
        .await
        .unwrap();
    assert_eq!(told().await, 6, "the glass was broken, and that was reviewed");
    ground.open("d", "github:3/1/live").await;
    ground.clock.forward(TimeDelta::hours(25));
    assert_eq!(commands.expire_due().await.unwrap(), 1);
    assert_eq!(told().await, 8, "it expired");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_kind_of_change_that_only_a_newer_version_knows_is_left_out(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let before = ground.commands.reads().live_end().await.unwrap();
    for statement in [
        "delete from live_events",
        "alter table live_events drop constraint live_events_kind_check",
        "insert into live_events (at, kind) values (now(), 'something_new'), (now(), 'catalog')",
    ] {
        sqlx::query(statement).execute(&ground.pool).await.unwrap();
    }
    // Nothing is shown while an older transaction is open, of another test too.
    let read = loop {
        let read = ground.commands.reads().live_events(before, 1).await.unwrap();
        if read.more {
            break read;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(read.events.is_empty(), "its place is read all the same");
    let rest = ground.commands.reads().live_events(read.upto, 10).await.unwrap();
    let kinds: Vec<ChangeKind> = rest.events.iter().map(|event| event.change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Catalog]);
}
