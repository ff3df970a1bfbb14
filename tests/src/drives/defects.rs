//! Minor defects that people report: what follows is set by tier, and nothing else is rolled back for them.

use chrono::{TimeDelta, Utc};
use commands::CommandError;
use domain::{
    catalog::Tier,
    deploys::drive::{End, Phase, Standing},
    ids::DeployId,
    verify::{Defect, RawRules, Remedy},
};
use sqlx::PgPool;
use tests::fakes::hooks::FakeReceiver;

use super::{SECRET, Shop, as_it_is, by, pass};
use crate::harness::count;

const WHAT: &str = "A label is cut off.";

async fn rule(shop: &Shop, remedy: &str) {
    let raw = RawRules {
        minor_defect: Some(remedy.into()),
        ..RawRules::default()
    };
    let tier = Tier::try_from(3).unwrap();
    shop.commands
        .set_rollback_rules(&by(), (tier, None), &raw, "agreed with the teams")
        .await
        .unwrap();
}

async fn report(shop: &Shop, deploy: DeployId) -> DeployId {
    shop.commands.report_defect(&by(), deploy, WHAT).await.unwrap()
}

async fn defects(shop: &Shop, deploy: DeployId) -> Vec<Defect> {
    shop.commands.reads().defects(deploy).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_fix_is_deployed_on_top_and_linked(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let early = shop.commands.report_defect(&by(), deploy, WHAT).await;
    assert!(matches!(early, Err(CommandError::Conflict { .. })), "{early:?}");
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    assert_eq!(report(&shop, deploy).await, deploy);
    let known = defects(&shop, deploy).await;
    let [defect] = known.as_slice() else {
        panic!("it is stored once");
    };
    assert_eq!(
        (defect.what.as_str(), defect.remedy, defect.fix),
        (WHAT, Remedy::FixForward, None)
    );
    let undone = "select count(*) from drives where undoes is not null";
    assert_eq!(count(&pool, undone).await, 0, "nothing is rolled back");

    let first = shop.ask(3, as_it_is).await;
    assert_eq!(defects(&shop, deploy).await[0].fix, Some(first));
    shop.settle(first).await;
    shop.commands
        .cancel_drive(&by(), first, "it is no fix")
        .await
        .unwrap();
    shop.settle(first).await;
    let second = shop.ask(4, |raw| raw.deploy.kind = Some("hotfix".into())).await;
    assert_eq!(shop.finish(second).await, End::Succeeded);
    shop.ask(5, as_it_is).await;
    assert_eq!(
        defects(&shop, deploy).await[0].fix,
        Some(second),
        "what worked stays the fix"
    );
    let late = shop.commands.report_defect(&by(), deploy, WHAT).await;
    assert!(
        matches!(late, Err(CommandError::Conflict { .. })),
        "something else runs by now: {late:?}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn where_the_rules_ask_it_waits_for_a_person(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    rule(&shop, "ask").await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Verify, 0).await;
    report(&shop, deploy).await;
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    let why = shop.detail(deploy).await.why.unwrap();
    assert!(why.contains(WHAT), "{why}");
    let told = "select count(*) from outbox where payload ->> 'topic' = 'deploy_waits'";
    assert_eq!(count(&pool, told).await, 1);
    shop.judge(deploy, &place, pass()).await;
    let standing = shop.settle(deploy).await;
    assert_eq!(standing.place().map(|place| place.phase), Some(Phase::Confirm));
    shop.clock.forward(TimeDelta::minutes(1));
    shop.commands
        .confirm_drive(&by(), deploy, (None, "nobody uses that page"))
        .await
        .unwrap();
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn where_the_rules_say_so_it_is_rolled_back(pool: PgPool) {
    let receiver = FakeReceiver::start(SECRET, || Utc::now().timestamp()).await;
    let shop = Shop::open(&pool).await.carried_out_by(&receiver).await;
    rule(&shop, "roll_back").await;
    let deploy = shop.ask(2, as_it_is).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    let undoing = report(&shop, deploy).await;
    assert_ne!(undoing, deploy);
    assert_eq!(shop.drive(undoing).await.undoes, Some(deploy));
    assert_eq!(defects(&shop, deploy).await[0].remedy, Remedy::RollBack);
}
