//! What a drive orders reaches its executor once, and what becomes of an order reaches the drive.

use chrono::TimeDelta;
use commands::Clock;
use domain::deploys::drive::{
    End, Phase, Standing,
    inputs::{Outcome, Subject, Told},
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

#[sqlx::test(migrations = "../migrations")]
async fn without_an_executor_a_deploy_ends_and_says_what_to_set(pool: PgPool) {
    let mut shop = Shop::open(&pool).await;
    shop.commands = shop.commands.with_outward(super::outward());
    let at = ("shop", "production");
    shop.commands.remove_executor(&by(), at).await.unwrap();
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.commands.send_effects().await.unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Failed));
    let why = shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("set an executor"), "{why}");
}
