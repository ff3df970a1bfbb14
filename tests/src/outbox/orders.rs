//! Orders to an executor by webhook.

use commands::{CommandError, outbox::SentEffects};
use domain::outbox::{EffectKind, EffectState, EffectTarget, Fate, MOST_ATTEMPTS};
use futures::future::join;
use sqlx::{ConnectOptions, PgPool};
use tests::fakes::hooks::Instead;

use super::*;
use crate::{
    harness::count,
    process::{Folder, run},
};

const ONE_SENT: SentEffects = SentEffects {
    sent: 1,
    again: 0,
    dead: 0,
};
const ONE_AGAIN: SentEffects = SentEffects {
    sent: 0,
    again: 1,
    dead: 0,
};
const ONE_DEAD: SentEffects = SentEffects {
    sent: 0,
    again: 0,
    dead: 1,
};
const NOTHING: SentEffects = SentEffects {
    sent: 0,
    again: 0,
    dead: 0,
};

impl Ground {
    /// The process ends once the receiver has an order, before it says so.
    async fn dies_while_sending_to(&self, receiver: &FakeReceiver) {
        receiver.next(Instead::Silence);
        let process = self.commands.clone();
        let sending = tokio::spawn(async move { process.send_effects().await });
        receiver.until_one_comes().await;
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
    }
}

#[sqlx::test(migrations = false)]
async fn one_key_is_one_order_which_its_receiver_can_believe(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    assert!(ground.want("drive:1:deploy").await);
    assert!(!ground.want("drive:1:deploy").await, "it is wanted already");
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_SENT);
    assert_eq!(ground.commands.send_effects().await.unwrap(), NOTHING);
    assert!(!ground.want("drive:1:deploy").await, "and was sent");

    let effect = ground.effect("drive:1:deploy").await;
    assert_eq!(effect.state, EffectState::Sent);
    let orders = receiver.orders();
    let [(delivery, order)] = &orders[..] else {
        panic!("{orders:?}")
    };
    assert_eq!(*delivery, effect.id.to_string());
    assert_eq!(order["act"], "deploy");
    assert_eq!(order["version"], "1.4.2");
    assert_eq!(
        effect.outcome.unwrap()["reference"],
        format!("build-{}", effect.id)
    );
    assert_eq!(receiver.refused(), 0);
}

#[sqlx::test(migrations = false)]
async fn a_decision_that_is_taken_back_wants_nothing(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let store = ground.commands.store();
    let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
    let payload = serde_json::json!({});
    let target = EffectTarget::Executor(ground.of.0, ground.of.1);
    let kind = EffectKind::Execute;
    let effect = ground.commands.effect("drive:2:deploy", kind, target, &payload);
    assert!(tx.put_effect(&effect).await.unwrap());
    drop(tx);
    assert!(ground.want("drive:2:deploy").await, "nothing of it is left");
}

#[sqlx::test(migrations = false)]
async fn a_process_that_ends_between_sending_and_marking_makes_no_second_deploy(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground.want("drive:1:deploy").await;

    ground.dies_while_sending_to(&receiver).await;
    assert_eq!(ground.effect("drive:1:deploy").await.state, EffectState::Waiting);

    let other = ground.other_process();
    assert_eq!(
        other.send_effects().await.unwrap(),
        NOTHING,
        "it may still be sending"
    );
    ground.hands.advance(LEASE_OVER);
    assert_eq!(other.send_effects().await.unwrap(), ONE_SENT);

    let requests = receiver.requests();
    assert_eq!(requests.len(), 2, "it was sent again");
    let delivery = |place: usize| requests[place].0["x-fairway-delivery"].clone();
    assert_eq!(delivery(0), delivery(1), "with the same id");
    assert_eq!(receiver.orders().len(), 1, "and was carried out once");
}

/// What rolls back waits behind what a dead process was sending: for its lease, and not for the clock to come round after it.
#[sqlx::test(migrations = false)]
async fn what_a_dead_process_was_sending_holds_up_the_next_order_for_half_a_minute(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground.want("drive:1:deploy").await;
    ground.dies_while_sending_to(&receiver).await;

    ground.want("drive:2:deploy").await;
    let other = ground.other_process();
    assert_eq!(
        other.send_effects().await.unwrap(),
        NOTHING,
        "one after the other"
    );
    let woken = "select count(*) from graphile_worker.jobs where task_identifier = 'send_effects'
                 and run_at between now() + interval '20 seconds' and now() + interval '45 seconds'";
    assert_eq!(
        count(&pool, woken).await,
        1,
        "somebody looks when the lease is over"
    );
    ground.hands.advance(LEASE_OVER);
    assert_eq!(other.send_effects().await.unwrap().sent, 2);
    let orders = receiver.orders();
    let keys: Vec<&str> = orders
        .iter()
        .filter_map(|(_, order)| order["key"].as_str())
        .collect();
    assert_eq!(keys, ["drive:1:deploy", "drive:2:deploy"]);
}

#[sqlx::test(migrations = false)]
async fn whoever_comes_back_after_the_lease_marks_nothing(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    ground.want("drive:1:deploy").await;
    let store = ground.commands.store();
    let claim = async || {
        let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
        let claimed = tx
            .claim_effects(ground.hands.now(), TimeDelta::minutes(2), 16)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        claimed
    };
    let late = claim().await;
    assert!(claim().await.is_empty(), "one holds it");
    ground.hands.advance(TimeDelta::minutes(3));
    let claimed = claim().await;
    let [next] = &claimed[..] else { panic!() };
    assert!(next.fence > late[0].fence && next.unsure_since.is_some());
    let fate = Fate::Sent(serde_json::json!({}));
    let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
    assert!(
        !tx.finish_effect(&late[0], &fate, ground.hands.now())
            .await
            .unwrap()
    );
    assert!(tx.finish_effect(next, &fate, ground.hands.now()).await.unwrap());
    assert!(!tx.finish_effect(next, &fate, ground.hands.now()).await.unwrap());
}

#[sqlx::test(migrations = false)]
async fn a_receiver_that_fails_is_asked_again_later(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground.want("drive:1:deploy").await;
    receiver.next(Instead::Answer(500, "oops"));
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_AGAIN);
    let effect = ground.effect("drive:1:deploy").await;
    assert!(effect.last_error.unwrap().contains("status 500"));
    assert_eq!(ground.commands.send_effects().await.unwrap(), NOTHING, "not yet");
    ground.hands.advance(TimeDelta::seconds(15));
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_SENT);
    assert_eq!(receiver.orders().len(), 1);
    assert_eq!(ground.effect("drive:1:deploy").await.last_error, None);
}

#[sqlx::test(migrations = false)]
async fn a_refusal_is_dead_at_once_with_its_words_and_a_person_replays_it(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground.want("drive:1:deploy").await;
    receiver.next(Instead::Answer(422, "no such\nservice <b>"));
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_DEAD);
    let effect = ground.effect("drive:1:deploy").await;
    let words = effect.last_error.unwrap();
    assert!(
        words.contains("status 422: no such service <b>") && words.contains("replay"),
        "{words}"
    );
    let backlog = ground.commands.reads().backlog().await.unwrap();
    assert_eq!((backlog.effects_dead, backlog.oldest_effect), (1, None));

    let developer = someone(&ground, &pool, (2, Some("developer"))).await;
    let denied = ground.commands.replay_effect(&developer, effect.id).await;
    assert!(matches!(denied, Err(CommandError::Denied { .. })), "{denied:?}");
    let by = someone(&ground, &pool, (3, Some("operator"))).await;
    ground.commands.replay_effect(&by, effect.id).await.unwrap();
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_SENT);
    assert_eq!(receiver.orders()[0].0, effect.id.to_string());
    let again = ground.commands.replay_effect(&by, effect.id).await;
    assert!(matches!(again, Err(CommandError::NotFound { .. })), "{again:?}");
    let audited = "select count(*) from audit where action = 'effect.replay' and actor_name = 'Person 3'";
    assert_eq!(count(&pool, audited).await, 1);
}

#[sqlx::test(migrations = false)]
async fn what_fails_too_often_is_given_up(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground.want("drive:1:deploy").await;
    for attempt in 1..=MOST_ATTEMPTS {
        receiver.next(Instead::Answer(503, ""));
        let sent = ground.commands.send_effects().await.unwrap();
        let expected = if attempt < MOST_ATTEMPTS {
            ONE_AGAIN
        } else {
            ONE_DEAD
        };
        assert_eq!(sent, expected, "{attempt}");
        ground.hands.advance(TimeDelta::minutes(31));
    }
    assert_eq!(ground.effect("drive:1:deploy").await.attempts, MOST_ATTEMPTS);
    assert!(receiver.orders().is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_host_that_is_away_is_left_alone_and_that_is_no_try(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    for number in 0..5 {
        receiver.next(Instead::Answer(502, ""));
        ground.want(&format!("drive:{number}:deploy")).await;
    }
    assert_eq!(ground.commands.send_effects().await.unwrap().again, 5);
    ground.want("drive:9:deploy").await;
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_AGAIN);
    assert_eq!(receiver.requests().len(), 5, "it was not asked");
    let effect = ground.effect("drive:9:deploy").await;
    assert_eq!(effect.attempts, 0);
    assert!(effect.last_error.unwrap().contains("away several times"));
    ground.hands.advance(TimeDelta::minutes(1));
    ground.commands.send_effects().await.unwrap();
    ground.hands.advance(TimeDelta::minutes(2));
    ground.commands.send_effects().await.unwrap();
    assert_eq!(receiver.orders().len(), 6);
}

#[sqlx::test(migrations = false)]
async fn two_processes_send_each_order_once(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    for number in 0..60 {
        ground.want(&format!("drive:{number}:deploy")).await;
    }
    let other = ground.other_process();
    let (one, two) = join(ground.commands.send_effects(), other.send_effects()).await;
    assert_eq!(one.unwrap().sent + two.unwrap().sent, 60);
    assert_eq!(receiver.requests().len(), 60);
    assert_eq!(receiver.orders().len(), 60);
}

#[sqlx::test(migrations = false)]
async fn without_an_executor_the_order_says_what_is_missing(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    ground.want("drive:1:deploy").await;
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_DEAD);
    let effect = ground.effect("drive:1:deploy").await;
    assert!(effect.last_error.unwrap().contains("set an executor"));
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    ground
        .commands
        .replay_effect(&operator(), effect.id)
        .await
        .unwrap();
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_SENT);
}

#[sqlx::test(migrations = false)]
async fn an_address_inside_is_neither_stored_nor_called(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    ground.webhook(&receiver.deploy_url()).await;
    // As an operator would who allows nothing inside.
    let strict = ground.commands.clone().with_outward(outward(""));
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:5432/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f.1/",
    ] {
        let raw = RawExecutor {
            kind: "webhook".into(),
            url: url.into(),
            secret: SECRET.into(),
            ..RawExecutor::default()
        };
        let refused = strict
            .set_executor(&operator(), ("shop", "production"), &raw)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, CommandError::Invalid(errors) if errors.0[0].field == "url"),
            "{url}: {refused}"
        );
        assert!(refused.to_string().contains("leads inside"), "{refused}");
    }
    ground.want("drive:1:deploy").await;
    assert_eq!(strict.send_effects().await.unwrap(), ONE_DEAD);
    let words = ground.effect("drive:1:deploy").await.last_error.unwrap();
    assert!(
        words.contains("leads inside") && words.contains("FAIRWAY_OUTBOUND_ALLOW"),
        "{words}"
    );
    assert!(receiver.requests().is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_changed_executor_keeps_its_secret_and_the_trail_never_has_it(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let raw = |secret: &str| RawExecutor {
        kind: "webhook".into(),
        url: receiver.deploy_url(),
        secret: secret.into(),
        ..RawExecutor::default()
    };
    let set = async |secret: &str| {
        let raw = raw(secret);
        ground
            .commands
            .set_executor(&operator(), ("shop", "production"), &raw)
            .await
    };
    let missing = set("").await.unwrap_err();
    assert!(missing.to_string().contains("secret"), "{missing}");
    let first = set(SECRET).await.unwrap();
    assert_eq!(
        set("").await.unwrap(),
        first,
        "the same one, with the secret that it had"
    );
    ground.want("drive:1:deploy").await;
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_SENT);
    assert_eq!(receiver.refused(), 0);
    let trail: String = sqlx::query_scalar("select string_agg(a::text, '') from audit a")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(
        trail.contains("executor.set") && !trail.contains("canary"),
        "{trail}"
    );

    let developer = someone(&ground, &pool, (2, Some("developer"))).await;
    let denied = ground
        .commands
        .set_executor(&developer, ("shop", "production"), &raw(""))
        .await;
    assert!(matches!(denied, Err(CommandError::Denied { .. })), "{denied:?}");
    ground
        .commands
        .remove_executor(&operator(), ("shop", "production"))
        .await
        .unwrap();
    assert!(
        ground
            .commands
            .reads()
            .executor(ground.of)
            .await
            .unwrap()
            .is_none()
    );
}

#[sqlx::test(migrations = false)]
async fn the_command_line_lists_what_was_given_up_and_sends_it_again(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    ground.want("drive:1:deploy").await;
    assert_eq!(ground.commands.send_effects().await.unwrap(), ONE_DEAD);
    let effect = ground.effect("drive:1:deploy").await;
    let folder = Folder::new("effects");
    let url = pool.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", &*url)];
    let (well, said) = run(&folder, &["effects", "list"], &variables);
    assert!(well && said.contains(&effect.id.to_string()), "{said}");
    assert!(
        said.contains("drive:1:deploy") && said.contains("set an executor"),
        "{said}"
    );
    let (well, said) = run(
        &folder,
        &["effects", "replay", &effect.id.to_string()],
        &variables,
    );
    assert!(well, "{said}");
    assert_eq!(ground.effect("drive:1:deploy").await.state, EffectState::Waiting);
    let (well, said) = run(&folder, &["effects", "list"], &variables);
    assert!(well && said.contains("There are none."), "{said}");
    let (well, said) = run(
        &folder,
        &["effects", "replay", &effect.id.to_string()],
        &variables,
    );
    assert!(!well && said.contains("dead effect"), "{said}");
}
