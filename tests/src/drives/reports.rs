//! Executors' reports: late, repeated, out of order, and of what was never ordered.

use commands::CommandError;
use domain::deploys::{
    DeployState as S,
    drive::{
        End, Phase, Standing,
        report::{NewReport, RawReport},
    },
    report::{NewPhase, RawPhase},
};
use sqlx::PgPool;

use super::{Shop, as_it_is, by};

fn report(shop: &Shop, key: &str, outcome: &str) -> NewReport {
    let raw = RawReport {
        key: key.into(),
        outcome: outcome.into(),
        ..RawReport::default()
    };
    NewReport::parse(raw, shop.commands.now()).unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn reports_may_come_twice_late_and_in_any_order(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Deploy, 0).await;
    let key = shop.drive(deploy).await.key_of(&place);
    let say = async |outcome: &str| {
        let new = report(&shop, &key, outcome);
        shop.commands.report_drive(&by(), new).await.unwrap()
    };
    assert!(say("running").await);
    assert!(say("succeeded").await);
    assert!(!say("running").await, "what is done is not worked on again");
    assert!(!say("succeeded").await, "twice is once");
    shop.settle(deploy).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    assert!(say("failed").await, "kept");
    assert_eq!(
        shop.settle(deploy).await,
        Standing::Ended(End::Succeeded),
        "and changes nothing any more"
    );
    let states = shop.states(deploy).await;
    assert_eq!(states.iter().filter(|state| **state == S::Verify).count(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failure_told_while_it_is_watched_is_one(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Deploy, 0).await;
    let key = shop.drive(deploy).await.key_of(&place);
    shop.bring(deploy, Phase::Verify, 0).await;
    let new = report(&shop, &key, "failed");
    shop.commands.report_drive(&by(), new).await.unwrap();
    assert_eq!(shop.settle(deploy).await.state(), S::RollingBack);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failure_before_users_see_it_is_a_failed_pipeline(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Deploy, 0).await;
    let drive = shop.drive(deploy).await;
    assert!(shop.report(&drive, &place, "failed").await);
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Failed));
    let summary = shop
        .commands
        .reads()
        .deploy(deploy)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!((summary.state, summary.exposed_at), (S::Failed, None));
    assert!(!summary.counted && !summary.failed);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_orders_are_reported_on(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    let refused = async |key: &str| {
        let new = report(&shop, key, "succeeded");
        shop.commands.report_drive(&by(), new).await.unwrap_err()
    };
    let waiting = refused(&drive.key_of(&place)).await;
    assert!(matches!(waiting, CommandError::Conflict { .. }));
    let early = refused(&format!("{deploy}:deploy:0.0")).await;
    assert!(
        matches!(early, CommandError::NotFound { .. }),
        "it was not ordered yet"
    );
    let backup = shop.bring(deploy, Phase::Backup, 0).await;
    let nameless = refused(&drive.key_of(&backup)).await;
    assert!(matches!(nameless, CommandError::Invalid(errors)
        if errors.0.iter().map(|error| error.field.as_str()).eq(["backup_id", "backup_verified"])));
    let raw = RawReport {
        key: drive.key_of(&backup),
        outcome: "succeeded".into(),
        backup_id: Some("snap-1".into()),
        backup_verified: Some(false),
        ..RawReport::default()
    };
    let new = NewReport::parse(raw, shop.commands.now()).unwrap();
    let unverified = shop.commands.report_drive(&by(), new).await.unwrap_err();
    assert!(matches!(unverified, CommandError::Invalid(errors) if errors.0[0].field == "backup_verified"));

    let raw = RawPhase {
        state: "succeeded".into(),
        ..RawPhase::default()
    };
    let phase = NewPhase::parse(raw, shop.commands.now()).unwrap();
    let past_the_loop = shop
        .commands
        .report_phase(&by(), deploy, phase)
        .await
        .unwrap_err();
    assert!(matches!(past_the_loop, CommandError::Conflict { .. }));
}
