//! A step that ends in the middle, at every phase: by the database, and by a process that stops at any point of it.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use domain::deploys::{
    DeployState as S,
    drive::{End, Standing},
};
use sqlx::PgPool;

use super::{Shop, as_it_is, canary, fail};

/// Lets the database refuse the phases of one state.
async fn refuse(pool: &PgPool, state: Option<S>) {
    sqlx::raw_sql(
        "create table if not exists refused (state text);
         create or replace function refuse_phase() returns trigger language plpgsql as $$ begin
             if exists (select from refused r where r.state = new.state) then
                 raise exception 'the disk is full' using errcode = '53100';
             end if;
             return new;
         end $$;
         create or replace trigger refuse_phase before insert on drive_phases for each row execute function refuse_phase();
         delete from refused;",
    )
    .execute(pool)
    .await
    .unwrap();
    if let Some(state) = state {
        sqlx::query("insert into refused values ($1)")
            .bind(state.as_str())
            .execute(pool)
            .await
            .unwrap();
    }
}

/// Everything that a step writes, as one text.
async fn written(pool: &PgPool) -> String {
    sqlx::query_scalar(
        "select jsonb_build_object(
             'drives', (select jsonb_agg(to_jsonb(d) order by d.deploy_id) from drives d),
             'phases', (select jsonb_agg(to_jsonb(p) order by p.key) from drive_phases p),
             'leases', (select jsonb_agg(to_jsonb(l)) from drive_leases l),
             'events', (select jsonb_agg(to_jsonb(e) order by e.deploy_id, e.source_key) from deploy_events e),
             'steps', (select count(*) from audit where action = 'drive.step'))::text",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_step_that_the_database_refuses_leaves_nothing_and_is_taken_again(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    for state in [
        S::Prepare,
        S::AwaitingApproval,
        S::Backup,
        S::Deploy,
        S::Verify,
        S::Confirm,
        S::Succeeded,
    ] {
        refuse(&pool, Some(state)).await;
        // What it waits for is said, so that only the database holds it up.
        while shop.drive(deploy).await.standing.is_open() {
            let before = written(&pool).await;
            match shop.commands.advance_drive(deploy).await {
                Err(_) => {
                    assert_eq!(written(&pool).await, before, "{state:?} left something behind");
                    break;
                }
                Ok(true) => {}
                Ok(false) => assert!(
                    shop.say_well(deploy).await,
                    "it waits for nobody before {state:?}"
                ),
            }
        }
        assert!(!shop.states(deploy).await.contains(&state));
        refuse(&pool, None).await;
        assert!(shop.commands.advance_drive(deploy).await.unwrap());
        assert!(shop.states(deploy).await.contains(&state));
    }
    assert_eq!(shop.drive(deploy).await.standing, Standing::Ended(End::Succeeded));
    assert_eq!(shop.dispatched(deploy).await, [100]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_rollback_that_cannot_begin_begins_once(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, domain::deploys::drive::Phase::Verify, 0).await;
    shop.judge(deploy, &place, fail()).await;
    // Its own first phase: the deploy stays where it is and keeps its lease.
    refuse(&pool, Some(S::Requested)).await;
    let before = written(&pool).await;
    assert!(shop.commands.advance_drive(deploy).await.is_err());
    assert_eq!(written(&pool).await, before);
    assert_eq!(shop.holder().await, Some(deploy.0));
    refuse(&pool, None).await;
    shop.settle(deploy).await;
    let undoing = shop.detail(deploy).await.undone_by.unwrap();
    // Its end and that of what it undoes are one.
    refuse(&pool, Some(S::RolledBack)).await;
    let ended = loop {
        match shop.commands.advance_drive(undoing).await {
            Err(_) => break shop.drive(undoing).await.standing,
            Ok(true) => {}
            Ok(false) => assert!(shop.say_well(undoing).await),
        }
    };
    assert!(ended.is_open(), "it does not end alone");
    refuse(&pool, None).await;
    assert_eq!(shop.finish(undoing).await, End::Succeeded);
    assert_eq!(
        shop.drive(deploy).await.standing,
        Standing::Ended(End::RolledBack)
    );
    let rollbacks: i64 = sqlx::query_scalar("select count(*) from drives where undoes is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rollbacks, 1);
}

/// Polls a future so many times at most and then drops it, as a process that ends does.
async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_worker_that_stops_anywhere_in_a_step_loses_and_repeats_nothing(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, canary).await;
    let mut cuts = 0;
    'drive: loop {
        // A few more polls each time: the step is cut wherever it waits.
        for polls in (1..).step_by(3) {
            match cut(shop.commands.advance_drive(deploy), polls).await {
                None => cuts += 1,
                Some(moved) => {
                    if !moved.unwrap() && !shop.say_well(deploy).await {
                        break 'drive;
                    }
                    break;
                }
            }
        }
    }
    println!("{cuts} steps cut off");
    assert!(cuts > 20, "only {cuts} steps were cut off");
    assert_eq!(shop.drive(deploy).await.standing, Standing::Ended(End::Succeeded));
    assert_eq!(shop.dispatched(deploy).await, [5, 25, 50, 100]);
    let (phases, keys): (i64, i64) = sqlx::query_as("select count(*), count(distinct key) from drive_phases")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!((phases, keys), (14, 14));
    assert_eq!(shop.holder().await, None);
}
