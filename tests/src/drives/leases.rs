//! One drive at a time has a service's environment.

use std::time::Duration;

use chrono::TimeDelta;
use commands::Clock;
use domain::{
    deploys::drive::{End, Phase, Standing},
    ids::DeployId,
};
use futures::future::join_all;
use sqlx::PgPool;

use super::{Shop, Word, as_it_is};
use crate::harness::count;

#[sqlx::test(migrations = "../migrations")]
async fn a_second_drive_waits_for_the_first(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let first = shop.ask(2, as_it_is).await;
    let second = shop.ask(3, as_it_is).await;
    shop.bring(second, Phase::AwaitingApproval, 0).await;
    shop.bring(first, Phase::Verify, 0).await;
    shop.say_well(second).await;
    let Standing::At(waiting) = shop.settle(second).await else {
        panic!("it ended");
    };
    assert_eq!(waiting.phase, Phase::AwaitingApproval);
    assert!(
        shop.detail(second)
            .await
            .why
            .unwrap()
            .contains("has the environment")
    );
    assert_eq!(shop.holder().await, Some(first.0));
    assert_eq!(shop.finish(first).await, End::Succeeded);
    assert_eq!(shop.finish(second).await, End::Succeeded);
    assert_eq!(shop.drive(second).await.deploy, second);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_asked_for_before_is_superseded(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let older = shop.ask(2, as_it_is).await;
    let newer = shop.ask(3, as_it_is).await;
    shop.bring(older, Phase::AwaitingApproval, 0).await;
    assert_eq!(shop.finish(newer).await, End::Succeeded);
    assert_eq!(shop.settle(older).await, Standing::Ended(End::Superseded));
    let summary = shop.commands.reads().deploy(older).await.unwrap().unwrap();
    assert_eq!(summary.superseded_by.unwrap().id, newer);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_somebody_else_superseded_looks_at_once_and_is_not_decided_any_more(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let waiting = shop.ask(2, as_it_is).await;
    shop.bring(waiting, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(waiting).await;
    sqlx::query("delete from graphile_worker._private_jobs")
        .execute(&pool)
        .await
        .unwrap();
    shop.clock.forward(TimeDelta::minutes(1));
    shop.report_good(3, "production").await;
    let woken = "select count(*) from graphile_worker.jobs where task_identifier = 'advance_drive' and run_at <= now()";
    assert_eq!(count(&pool, woken).await, 1);
    assert_eq!(shop.settle(waiting).await, Standing::Ended(End::Superseded));
    assert_eq!(shop.request_state(&drive, 0).await, "void");
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_wakes_several_drives_does_it_in_the_order_of_their_ids(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let first = shop.ask(2, as_it_is).await;
    let second = shop.ask(2, as_it_is).await;
    // They wait for one request, and the second came to wait first.
    for deploy in [second, first] {
        shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    }
    let drive = shop.drive(first).await;
    assert!(shop.says(&drive, 0, Word::Approve).await);

    let mut other = pool.begin().await.unwrap();
    let lock = "select 1 from graphile_worker._private_jobs where key = $1 for update nowait";
    let key = |deploy: DeployId| format!("advance_drive:{deploy}");
    let locked = sqlx::query(lock).bind(key(first)).execute(&mut *other).await;
    assert_eq!(locked.unwrap().rows_affected(), 1);
    let commands = shop.commands.clone();
    let taking = tokio::spawn(async move { commands.take_approval_outcomes().await });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while count(&pool, waits).await == 0 {
        assert!(!taking.is_finished(), "it wakes the first too");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let free = sqlx::query(lock).bind(key(second)).execute(&mut *other).await;
    assert_eq!(
        free.unwrap().rows_affected(),
        1,
        "whoever waits holds no later one"
    );
    other.rollback().await.unwrap();
    assert_eq!(taking.await.unwrap().unwrap().len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn many_workers_on_one_drive_take_each_step_once(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, super::canary).await;
    for _ in 0..40 {
        let workers = (0..4).map(|_| shop.commands.advance_drive(deploy));
        for outcome in join_all(workers).await {
            outcome.unwrap();
        }
        shop.say_well(deploy).await;
    }
    assert_eq!(shop.drive(deploy).await.standing, Standing::Ended(End::Succeeded));
    assert_eq!(shop.dispatched(deploy).await, [5, 25, 50, 100]);
    let fence: i64 = sqlx::query_scalar("select fence from drive_leases")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(fence, 1, "taken once");
}

#[sqlx::test(migrations = "../migrations")]
async fn two_drives_that_want_the_environment_at_once_get_it_one_after_the_other(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let mut drives = Vec::new();
    for release in 2..6 {
        let deploy = shop.ask(release, as_it_is).await;
        shop.bring(deploy, Phase::AwaitingApproval, 0).await;
        shop.say_well(deploy).await;
        drives.push(deploy);
    }
    let steps = drives.iter().map(|deploy| shop.commands.advance_drive(*deploy));
    let moved = join_all(steps)
        .await
        .into_iter()
        .filter(|moved| *moved.as_ref().unwrap());
    assert_eq!(moved.count(), 1);
    let held: i64 = sqlx::query_scalar("select count(*) from drives where phase = 'backup'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(held, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_drive_whose_process_is_gone_is_taken_up_and_its_orders_stay_its_own(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Deploy, 0).await;
    let fence = shop.detail(deploy).await.fence.unwrap();
    assert_eq!(shop.commands.sweep_drives().await.unwrap(), 0);
    shop.clock.forward(TimeDelta::minutes(10));
    assert_eq!(shop.commands.sweep_drives().await.unwrap(), 1);
    let other = shop.ask(3, as_it_is).await;
    shop.bring(other, Phase::AwaitingApproval, 0).await;
    shop.say_well(other).await;
    shop.settle(other).await;
    assert_eq!(
        shop.holder().await,
        Some(deploy.0),
        "nobody else takes what ran out"
    );
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    assert_eq!(shop.detail(deploy).await.fence, Some(fence));
    let drive = shop.drive(deploy).await;
    assert_eq!(shop.fence_of_order(&drive.key_of(&place)).await, Some(fence));
    assert!(
        shop.report(&drive, &place, "succeeded").await,
        "what was ordered before the outage is reported after it"
    );
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    assert_eq!(shop.dispatched(deploy).await, [100], "nothing is ordered again");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_step_that_waited_for_its_turn_has_the_time_of_its_turn(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let mut held = pool.begin().await.unwrap();
    sqlx::query("select 1 from drives where deploy_id = $1 for update")
        .bind(deploy.0)
        .execute(&mut *held)
        .await
        .unwrap();
    let commands = shop.commands.clone();
    let stepping = tokio::spawn(async move { commands.advance_drive(deploy).await });
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while count(&pool, waiting).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shop.clock.forward(TimeDelta::seconds(10));
    let later = shop.clock.now();
    held.commit().await.unwrap();
    assert!(stepping.await.unwrap().unwrap());
    let begun = shop.detail(deploy).await.phases.pop().unwrap();
    assert!(begun.started_at >= later, "{begun:?} before {later}");
}
