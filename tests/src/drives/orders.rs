//! What a drive orders reaches its executor once, and what becomes of an order reaches the drive.

use chrono::TimeDelta;
use commands::{Clock, CommandError};
use domain::{
    deploys::drive::{
        End, Phase, Standing,
        inputs::{Outcome, Subject, Told},
        report::{NewReport, RawReport},
    },
    ids::DeployId,
};
use serde_json::Value;
use sqlx::PgPool;
use tests::fakes::hooks::{FakeReceiver, Instead};

use super::{SECRET, Shop, as_it_is, by, canary};

/// A receiver whose clock is the shop's.
async fn receiver(shop: &Shop) -> FakeReceiver {
    let clock = shop.clock.clone();
    FakeReceiver::start(SECRET, move || clock.now().timestamp()).await
}

async fn opened(pool: &PgPool) -> (Shop, FakeReceiver) {
    let shop = Shop::open(pool).await;
    let receiver = receiver(&shop).await;
    (shop.carried_out_by(&receiver).await, receiver)
}

fn words(receiver: &FakeReceiver, name: &str) -> Vec<String> {
    let orders = receiver.orders();
    let words = orders.iter().map(|(_, order)| match &order[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    words.collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_canary_is_ordered_step_by_step_with_its_phase_and_its_fence(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop
        .ask(2, |raw| {
            canary(raw);
            (raw.config, raw.plan) = (Some("config-1".into()), Some("plan-1".into()));
        })
        .await;
    loop {
        let standing = shop.settle(deploy).await;
        shop.commands.send_effects().await.unwrap();
        if !standing.is_open() {
            break;
        }
        assert!(shop.say_well(deploy).await, "{standing:?} waits for nobody");
    }
    assert_eq!(
        words(&receiver, "act"),
        [
            "back_up",
            "deploy",
            "set_weight",
            "set_weight",
            "set_weight",
            "mark_stable"
        ]
    );
    assert_eq!(
        words(&receiver, "weight"),
        ["null", "5", "25", "50", "100", "null"]
    );
    assert_eq!(words(&receiver, "fence"), ["1"; 6]);
    assert_eq!(words(&receiver, "config"), ["config-1"; 6], "what was approved");
    assert_eq!(words(&receiver, "plan"), ["plan-1"; 6]);
    let keys = words(&receiver, "key");
    assert_eq!(keys[0], format!("{deploy}:backup:0.0"));
    assert_eq!(keys[2], format!("{deploy}:deploy:0.1"));
    assert_eq!(keys[5], format!("{deploy}:succeeded"));
    let (_, order) = &receiver.orders()[0];
    assert_eq!(
        order["previous"]["digest"],
        super::digest(1),
        "what is tagged as the way back"
    );
    let (_, order) = &receiver.orders()[1];
    assert_eq!(order["previous"], Value::Null);
    assert_eq!(order["service"], "shop");
    assert_eq!(order["environment"], "production");
    assert_eq!(order["digest"], super::digest(2));
    assert_eq!(receiver.refused(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_is_refused_ends_the_phase_with_the_words_of_who_refused(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    shop.bring(deploy, Phase::Deploy, 0).await;
    receiver.next(Instead::Answer(422, "no such image"));
    assert_eq!(shop.commands.send_effects().await.unwrap().dead, 1);
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Failed));
    let why = shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("no such image"), "{why}");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_is_answered_with_too_much_may_have_been_taken(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Backup, 0).await;
    let much: &'static str = "x".repeat(100_000).leak();
    receiver.next(Instead::Answer(200, much));
    assert_eq!(shop.commands.send_effects().await.unwrap().dead, 1);
    assert_eq!(
        shop.settle(deploy).await,
        Standing::At(place),
        "it was not refused"
    );
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_refused_after_an_answer_was_lost_may_have_been_taken(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Backup, 0).await;
    receiver.next(Instead::Answer(504, ""));
    assert_eq!(shop.commands.send_effects().await.unwrap().again, 1);
    shop.clock.forward(TimeDelta::minutes(1));
    receiver.next(Instead::Answer(409, "it is being carried out"));
    assert_eq!(shop.commands.send_effects().await.unwrap().dead, 1);
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_was_taken_is_worked_on_and_a_report_goes_before_that(pool: PgPool) {
    let (shop, _receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    let said = async || {
        let subject = Subject::of_phase(place.phase, place.round, place.step);
        match shop.commands.reads().told_of(deploy, &subject).await.unwrap() {
            Some(Told::Report(report)) => report,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(said().await.outcome, Outcome::Running);
    assert!(said().await.note.unwrap().contains("build-"));
    shop.say_well(deploy).await;
    assert_eq!(said().await.outcome, Outcome::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_waits_is_dropped_when_its_deploy_is_called_off(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    receiver.next(Instead::Answer(503, ""));
    assert_eq!(shop.commands.send_effects().await.unwrap().again, 1);
    shop.commands
        .cancel_drive(&by(), deploy, "wrong branch")
        .await
        .unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Cancelled));
    shop.clock.forward(TimeDelta::minutes(1));
    let sent = shop.commands.send_effects().await.unwrap();
    assert_eq!((sent.sent, sent.dead), (2, 0));
    assert_eq!(words(&receiver, "act"), ["stop"], "nothing is backed up any more");
}

/// What the executor says of a phase, with whether users saw it.
async fn say(shop: &Shop, deploy: DeployId, (outcome, exposed): (&str, Option<bool>)) {
    let drive = shop.drive(deploy).await;
    let key = drive.key_of(drive.standing.place().unwrap());
    let raw = RawReport {
        fence: shop.fence_of_order(&key).await,
        key,
        outcome: outcome.into(),
        exposed,
        ..RawReport::default()
    };
    let new = NewReport::parse(raw, shop.commands.now()).unwrap();
    assert!(shop.commands.report_drive(&by(), new).await.unwrap());
}

#[sqlx::test(migrations = "../migrations")]
async fn an_executor_that_deploys_is_told_to_stop_and_says_how_far_it_came(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let cases = [
        ("failed", None, End::Cancelled),
        ("failed", Some(true), End::RolledBack),
        ("succeeded", None, End::RolledBack),
    ];
    for (release, (outcome, exposed, ends)) in (2..).zip(cases) {
        let deploy = shop.ask(release, as_it_is).await;
        let place = shop.bring(deploy, Phase::Deploy, 0).await;
        shop.commands.send_effects().await.unwrap();
        shop.commands
            .cancel_drive(&by(), deploy, "wrong branch")
            .await
            .unwrap();
        shop.commands.send_effects().await.unwrap();
        let (_, stop) = receiver.orders().pop().unwrap();
        assert_eq!(stop["act"], "stop", "at once");
        let key = shop.drive(deploy).await.key_of(&place);
        assert_eq!(stop["key"], format!("{key}:stop"));
        let (_, begun) = receiver
            .orders()
            .into_iter()
            .find(|(_, order)| order["key"] == key)
            .unwrap();
        assert_eq!(
            (begun["act"].as_str(), &begun["fence"]),
            (Some("deploy"), &stop["fence"])
        );

        assert_eq!(
            shop.settle(deploy).await,
            Standing::At(place),
            "it waits for the executor"
        );
        let why = shop.detail(deploy).await.why.unwrap();
        assert!(
            why.contains("called off: wrong branch") && why.contains("told to stop"),
            "{why}"
        );
        let again = shop.commands.cancel_drive(&by(), deploy, "wrong branch").await;
        assert!(
            matches!(&again, Err(CommandError::Conflict { why }) if why.contains("called off already")),
            "{again:?}"
        );
        let standing = shop.commands.drive_standing(&by(), deploy).await.unwrap();
        assert!(standing.why_not.cancel.is_some(), "it is not offered twice");

        // An executor that reports the stop says nothing of the deploy.
        let raw = RawReport {
            key: format!("{key}:stop"),
            outcome: "succeeded".into(),
            ..RawReport::default()
        };
        let new = NewReport::parse(raw, shop.commands.now()).unwrap();
        let reported = shop.commands.report_drive(&by(), new).await;
        assert!(
            matches!(reported, Err(CommandError::Conflict { .. })),
            "{reported:?}"
        );

        say(&shop, deploy, (outcome, exposed)).await;
        shop.settle(deploy).await;
        if let Some(undoing) = shop.detail(deploy).await.undone_by {
            assert_eq!(shop.finish(undoing).await, End::Succeeded);
        }
        assert_eq!(
            shop.drive(deploy).await.standing,
            Standing::Ended(ends),
            "{outcome} {exposed:?}"
        );
        shop.clock.forward(TimeDelta::hours(1));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_to_deploy_that_waits_is_not_sent_after_the_stop(pool: PgPool) {
    let (shop, receiver) = opened(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    shop.bring(deploy, Phase::Deploy, 0).await;
    // It may have arrived, so that the executor is waited for.
    receiver.next(Instead::Answer(503, ""));
    assert_eq!(shop.commands.send_effects().await.unwrap().again, 1);
    shop.commands
        .cancel_drive(&by(), deploy, "wrong branch")
        .await
        .unwrap();
    shop.clock.forward(TimeDelta::minutes(1));
    shop.commands.send_effects().await.unwrap();
    assert_eq!(words(&receiver, "act"), ["back_up", "stop"]);
    shop.settle(deploy).await;
    assert!(shop.drive(deploy).await.standing.is_open());
    shop.clock.forward(TimeDelta::minutes(11));
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Lost));

    // This one surely did not.
    let deploy = shop.ask(3, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    shop.bring(deploy, Phase::Deploy, 0).await;
    shop.commands
        .cancel_drive(&by(), deploy, "wrong branch")
        .await
        .unwrap();
    shop.commands.send_effects().await.unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Cancelled));
    assert!(!words(&receiver, "act").contains(&"deploy".to_owned()));
}

#[sqlx::test(migrations = "../migrations")]
async fn without_an_executor_a_deploy_ends_and_says_what_to_set(pool: PgPool) {
    let mut shop = Shop::open(&pool).await;
    shop.commands = shop.commands.with_outward(super::outward());
    let deploy = shop.ask(2, as_it_is).await;
    let at = ("shop", "production");
    shop.commands.remove_executor(&by(), at).await.unwrap();
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Failed));
    let why = shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("set an executor"), "{why}");
}
