//! Undoing: by rule, by a person, and what history and figures say of it.

use chrono::{TimeDelta, Utc};
use commands::CommandError;
use domain::deploys::{
    DeployKind, DeployState as S, FailureCause, NotCounted,
    drive::{End, Phase, Reason, Standing},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Shop, as_it_is, by, canary, fail, pass};

/// Watching a drive's present step finds a violation; gives the drive that undoes it.
async fn violate(shop: &Shop, deploy: domain::ids::DeployId, step: i16) -> domain::ids::DeployId {
    let place = shop.bring(deploy, Phase::Verify, step).await;
    shop.judge(deploy, &place, fail()).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended: {:?}", shop.detail(deploy).await.why);
    };
    assert_eq!(place.phase, Phase::RollingBack);
    shop.detail(deploy).await.undone_by.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_violation_is_rolled_back_and_figures_say_so(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let bad = shop.ask(2, canary).await;
    shop.bring(bad, Phase::Verify, 1).await;
    let fence = shop.detail(bad).await.fence.unwrap();
    let undoing = violate(&shop, bad, 1).await;
    let rollback = shop.detail(undoing).await;
    assert_eq!(shop.holder().await, Some(undoing.0), "the rollback has the lease");
    assert_eq!(rollback.fence, Some(fence + 1));
    assert!(matches!(rollback.reason, Some(Reason::Verdict { why, .. }) if why.contains("error rate")));
    assert_eq!(rollback.drive.release.digest, Some(super::digest(1)));

    assert_eq!(shop.finish(undoing).await, End::Succeeded);
    assert_eq!(shop.drive(bad).await.standing, Standing::Ended(End::RolledBack));
    assert_eq!(
        shop.states(undoing).await,
        [S::Requested, S::Deploy, S::Verify, S::Confirm, S::Succeeded]
    );
    assert_eq!(shop.holder().await, None);

    let read = async |deploy| shop.commands.reads().deploy(deploy).await.unwrap().unwrap();
    let failed = read(bad).await;
    assert_eq!(failed.summary.state, S::RolledBack);
    assert!(failed.summary.counted && failed.summary.failed);
    assert_eq!(failed.summary.failure_cause, Some(FailureCause::RolledBack));
    assert!(failed.summary.restored_at.is_some());
    assert_eq!(failed.summary.promoted_at, None, "its changes stay undelivered");
    assert_eq!(failed.restored_by.as_deref(), Some("rollback"));
    assert_eq!(failed.undone_by.unwrap().id, undoing);
    let rollback = read(undoing).await;
    assert_eq!(rollback.summary.kind, DeployKind::Rollback);
    assert_eq!(rollback.summary.not_counted_why, Some(NotCounted::Rollback));
    assert_eq!(rollback.rollback_of.unwrap().id, bad);
    let running: Vec<Uuid> = sqlx::query_scalar("select deploy_id from running")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(running, [undoing.0]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_rollback_by_rule_opens_an_incident_of_the_deploy_and_is_timed(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let bad = shop.ask(2, as_it_is).await;
    let undoing = violate(&shop, bad, 0).await;
    let incidents = async || {
        let service = shop.service;
        shop.commands
            .reads()
            .incidents_of_service(service, 9)
            .await
            .unwrap()
    };
    let opened = incidents().await;
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].caused_by, [bad]);
    assert!(opened[0].is_open());
    let title = &opened[0].title;
    assert!(title.contains("1.2.0") && title.contains("error rate"), "{title}");

    shop.clock.forward(TimeDelta::seconds(40));
    assert_eq!(shop.finish(undoing).await, End::Succeeded);
    let over = incidents().await;
    assert_eq!((over.len(), over[0].is_open()), (1, false));
    assert_eq!(over[0].resolved_at, None, "whether it is over, people say");
    let rollback = shop.detail(undoing).await;
    assert_eq!(rollback.failure_seen_at, Some(opened[0].detected_at));
    assert_eq!(rollback.rolled_back_at, over[0].mitigated_at);
    let took = rollback.time_to_roll_back().unwrap();
    assert!(
        took >= TimeDelta::seconds(40) && took < TimeDelta::minutes(1),
        "{took}"
    );
    let failed = shop.commands.reads().deploy(bad).await.unwrap().unwrap().summary;
    assert_eq!(
        failed.failure_cause,
        Some(FailureCause::RolledBack),
        "it failed once"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_person_undoes_is_timed_and_no_incident(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    let rollback = shop
        .commands
        .roll_back_deploy(&by(), deploy, "customers cannot pay")
        .await
        .unwrap();
    assert_eq!(shop.finish(rollback.id).await, End::Succeeded);
    assert!(shop.detail(rollback.id).await.time_to_roll_back().is_some());
    let incidents = shop.commands.reads().incidents_of_service(shop.service, 9).await;
    assert!(incidents.unwrap().is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_rollback_that_fails_pages_a_person_and_stops(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let bad = shop.ask(2, as_it_is).await;
    let undoing = violate(&shop, bad, 0).await;
    let place = shop.bring(undoing, Phase::Verify, 0).await;
    shop.judge(undoing, &place, fail()).await;
    assert_eq!(shop.settle(undoing).await, Standing::Ended(End::Failed));
    assert!(
        shop.ordered(undoing)
            .await
            .iter()
            .any(|effect| effect.name() == "page")
    );
    assert_eq!(shop.drive(bad).await.standing, Standing::Ended(End::Failed));
    let drives: i64 = sqlx::query_scalar("select count(*) from drives")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(drives, 2, "nothing undoes a rollback");
    assert_eq!(shop.holder().await, None);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failure_is_not_taken_back_by_a_pass(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let bad = shop.ask(2, as_it_is).await;
    let place = shop.bring(bad, Phase::Verify, 0).await;
    assert!(shop.judge(bad, &place, fail()).await);
    assert!(!shop.judge(bad, &place, pass()).await);
    let standing = shop.settle(bad).await;
    assert_eq!(standing.state(), S::RollingBack);
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_release_to_go_back_to_a_person_is_paged(pool: PgPool) {
    let shop = Shop::without_release(&pool, Utc::now()).await;
    let first = shop.ask(1, as_it_is).await;
    let place = shop.bring(first, Phase::Verify, 0).await;
    shop.judge(first, &place, fail()).await;
    assert_eq!(shop.settle(first).await, Standing::Ended(End::Failed));
    assert!(
        shop.ordered(first)
            .await
            .iter()
            .any(|effect| effect.name() == "page")
    );
    let failed = shop
        .commands
        .reads()
        .deploy(first)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(failed.failure_cause, Some(FailureCause::FailedAfterExposure));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_person_undoes_what_runs_once(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    let why = "customers cannot pay";
    let rollback = shop.commands.roll_back_deploy(&by(), deploy, why).await.unwrap();
    assert!(rollback.is_new);
    let told: Vec<serde_json::Value> =
        sqlx::query_scalar("select payload from outbox where payload->>'topic' = 'deploy_rolled_back'")
            .fetch_all(&pool)
            .await
            .unwrap();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (&told["release"], &told["reason"]),
        (&"1.2.0".into(), &why.into()),
        "what is undone, and why"
    );
    assert_eq!(told["path"], format!("/deploys/{deploy}"));
    let again = shop
        .commands
        .roll_back_deploy(&by(), deploy, why)
        .await
        .unwrap_err();
    assert!(matches!(again, CommandError::Conflict { .. }), "{again:?}");
    assert_eq!(shop.finish(rollback.id).await, End::Succeeded);
    assert_eq!(
        shop.drive(deploy).await.standing,
        Standing::Ended(End::Succeeded),
        "what ended stays"
    );
    let undone = shop
        .commands
        .reads()
        .deploy(deploy)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(undone.rolled_back_by, Some(rollback.id));
    assert_eq!(undone.failure_cause, Some(FailureCause::RolledBack));
    let gone = shop
        .commands
        .roll_back_deploy(&by(), deploy, why)
        .await
        .unwrap_err();
    assert!(matches!(gone, CommandError::Conflict { why } if why.contains("something else runs")));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_person_undoes_what_is_on_its_way_and_calls_off_what_nobody_sees(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let waiting = shop.ask(2, as_it_is).await;
    shop.bring(waiting, Phase::AwaitingApproval, 0).await;
    let early = shop
        .commands
        .roll_back_deploy(&by(), waiting, "wrong branch")
        .await
        .unwrap_err();
    assert!(matches!(early, CommandError::Conflict { why } if why.contains("call it off")));
    shop.commands
        .cancel_drive(&by(), waiting, "wrong branch")
        .await
        .unwrap();
    assert_eq!(shop.settle(waiting).await, Standing::Ended(End::Cancelled));

    let seen = shop.ask(3, as_it_is).await;
    shop.bring(seen, Phase::Verify, 0).await;
    let late = shop
        .commands
        .cancel_drive(&by(), seen, "wrong branch")
        .await
        .unwrap_err();
    assert!(matches!(late, CommandError::Conflict { why } if why.contains("roll it back")));
    let asked = shop
        .commands
        .roll_back_deploy(&by(), seen, "wrong branch")
        .await
        .unwrap();
    assert_eq!((asked.id, asked.is_new), (seen, false));
    shop.settle(seen).await;
    let undoing = shop.detail(seen).await.undone_by.unwrap();
    assert_eq!(shop.finish(undoing).await, End::Succeeded);
    assert_eq!(shop.drive(seen).await.standing, Standing::Ended(End::RolledBack));
}

#[sqlx::test(migrations = "../migrations")]
async fn an_observed_deploy_is_undone_too(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.clock.forward(TimeDelta::hours(1));
    let observed = shop.report_good(2, "production").await;
    let rollback = shop
        .commands
        .roll_back_deploy(&by(), observed, "customers cannot pay")
        .await
        .unwrap();
    assert_eq!(shop.finish(rollback.id).await, End::Succeeded);
    let undone = shop
        .commands
        .reads()
        .deploy(observed)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(undone.rolled_back_by, Some(rollback.id));
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_cannot_undo_it_hears_why_at_once(pool: PgPool) {
    let shop = Shop::without_release(&pool, Utc::now()).await;
    let first = shop.ask(1, as_it_is).await;
    shop.bring(first, Phase::Verify, 0).await;
    let ask = async |deploy| {
        let asked = shop
            .commands
            .roll_back_deploy(&by(), deploy, "customers cannot pay")
            .await;
        match asked {
            Err(CommandError::Conflict { why }) => why,
            other => panic!("{other:?}"),
        }
    };
    let why = ask(first).await;
    assert!(why.contains("no release before it is known to be good"), "{why}");
    assert_eq!(shop.settle(first).await.state(), S::Verify, "it is watched still");
    assert_eq!(shop.finish(first).await, End::Succeeded);

    shop.clock.forward(TimeDelta::hours(1));
    let second = shop.ask(2, as_it_is).await;
    shop.bring(second, Phase::Verify, 0).await;
    shop.commands
        .remove_executor(&by(), ("shop", "production"))
        .await
        .unwrap();
    let why = ask(second).await;
    assert!(why.contains("nobody is set to carry out deploys there"), "{why}");
    assert_eq!(shop.finish(second).await, End::Succeeded);
    let why = ask(second).await;
    assert!(why.contains("nobody is set to carry out deploys there"), "{why}");
    shop.set_executor("https://deploy.example/fairway").await;
    let undone = shop
        .commands
        .roll_back_deploy(&by(), second, "customers cannot pay")
        .await;
    assert!(undone.unwrap().is_new);
}
