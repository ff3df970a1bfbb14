//! Before a request expires those are told, once, who can still do something about it and chose to hear of it.

use commands::outbox::{Outward, TargetOwner};
use domain::notifications::RawTarget;
use integrations::{hooks::HookClient, outbound::Allowed};
use sqlx::PgPool;
use tests::fakes::hooks::FakeReceiver;

use super::*;
use crate::harness::keyring;

const EXPIRING: &str = "approval_expiring";

/// The ground with a chat that everybody has a place in, and two people asked.
async fn with_chat(pool: PgPool) -> (Ground, FakeReceiver) {
    let mut ground = Ground::new(pool).await;
    let receiver = FakeReceiver::start("canary-of-a-receiver", || Utc::now().timestamp()).await;
    ground.commands = ground.commands.with_keyring(keyring()).with_outward(Outward {
        public_url: "https://fairway.example".to_owned(),
        hooks: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
        personal: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
        mail: None,
    });
    sqlx::query("update policies set document = jsonb_set(document, '{spec,minApprovals}', '2')")
        .execute(&ground.pool)
        .await
        .unwrap();
    (ground, receiver)
}

/// Has somebody told a topic at a place that is called by their name.
async fn hears(
    ground: &Ground,
    (by, owner): (&Viewer, TargetOwner),
    (receiver, name, topic): (&FakeReceiver, &str, &str),
) {
    let raw = RawTarget {
        kind: "slack".into(),
        name: name.into(),
        address: receiver.chat_url(name),
    };
    let added = ground.commands.add_notification_target(by, owner, &raw).await;
    let chosen = [(topic, None)];
    ground
        .commands
        .set_notification_choice(by, added.unwrap(), &chosen)
        .await
        .unwrap();
}

/// Names of the places where something about an expiring request arrived.
async fn told(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select t.name from outbox o join notification_targets t on o.target = 'target:' || t.id
         where o.kind = 'notify' and o.state = 'sent' and o.outcome ->> 'dropped' is null
           and o.payload ->> 'topic' = 'approval_expiring' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn those_who_can_still_decide_and_whoever_asked_are_told_once(pool: PgPool) {
    let (ground, receiver) = with_chat(pool).await;
    let admin = ground.person("lena", Role::Admin).await;
    hears(
        &ground,
        (&admin, TargetOwner::Organisation),
        (&receiver, "channel", EXPIRING),
    )
    .await;
    let mut people = Vec::new();
    for (name, role, topic) in [
        ("eve", Role::Approver, EXPIRING),
        ("decided", Role::Approver, EXPIRING),
        ("busy", Role::Approver, "approval_requested"),
        ("looks", Role::Viewer, EXPIRING),
        ("asked", Role::Developer, EXPIRING),
    ] {
        let person = ground.person(name, role).await;
        hears(&ground, (&person, TargetOwner::Me), (&receiver, name, topic)).await;
        people.push(person);
    }
    let mut new = ground.asked("a", "github:1/1/live");
    new.initiators = vec![Party {
        part: Part::Initiator,
        who: Involved::Person {
            id: id(&people[4]),
            has_account: true,
        },
        name: "asked".to_owned(),
    }];
    let request = ground.commands.open_request(&operator(), &new).await.unwrap();
    ground.approve(&people[1], request.id, "a").await.unwrap();

    ground.clock.forward(TimeDelta::minutes(23 * 60 - 1));
    assert_eq!(ground.commands.tell_of_expiring().await.unwrap(), 0);
    ground.clock.forward(TimeDelta::minutes(2));
    assert_eq!(ground.commands.tell_of_expiring().await.unwrap(), 1);
    for _ in 0..3 {
        ground.commands.send_effects().await.unwrap();
        assert_eq!(told(&ground.pool).await, ["asked", "channel", "eve"]);
        assert_eq!(ground.commands.tell_of_expiring().await.unwrap(), 0);
        ground.clock.forward(TimeDelta::minutes(10));
    }
    let messages = receiver.messages();
    let urging = messages
        .iter()
        .filter(|message| message["text"].as_str().unwrap().contains("about to expire"));
    assert_eq!(urging.count(), 3, "{messages:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_was_decided_meanwhile_urges_nobody(pool: PgPool) {
    let (ground, receiver) = with_chat(pool).await;
    let mut people = Vec::new();
    for name in ["eve", "finn"] {
        let person = ground.person(name, Role::Approver).await;
        hears(&ground, (&person, TargetOwner::Me), (&receiver, name, EXPIRING)).await;
        people.push(person);
    }
    let request = ground.open("a", "github:1/1/live").await.id;
    ground.clock.forward(TimeDelta::minutes(23 * 60 + 1));
    assert_eq!(ground.commands.tell_of_expiring().await.unwrap(), 1);
    for person in &people {
        ground.approve(person, request, "a").await.unwrap();
    }
    ground.commands.send_effects().await.unwrap();
    assert!(told(&ground.pool).await.is_empty());
    let late = ground.open("b", "github:2/1/live").await.id;
    ground.clock.forward(TimeDelta::hours(24));
    assert_eq!(
        ground.commands.tell_of_expiring().await.unwrap(),
        0,
        "what is over is not about to expire"
    );
    assert_eq!(ground.state(late).await, "pending");
}
