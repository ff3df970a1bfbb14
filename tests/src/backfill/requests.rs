//! What GitHub is asked for while history is read, how far back, and that every request is counted.

use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use tests::fakes::github::{Failure, MergeMethod, NewCommit, World};

use super::{connected, end_waits, find_and_start, lives, operator, read_all, read_once, settle, started};
use crate::{harness::count, intake::order::register};

#[sqlx::test(migrations = false)]
async fn what_graphql_does_not_tell_is_asked_of_rest(pool: PgPool) {
    let world = World::default();
    let repo = world.repo("acme/payments");
    repo.commit(NewCommit::new("Start"));
    let chatty = repo.deploy("production", &repo.head("main"), None);
    for _ in 0..130 {
        repo.set_status(chatty, "in_progress");
    }
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    assert_eq!(
        count(&pool, "select count(*) from github_deployment_statuses").await,
        130
    );
    let statuses = github
        .requests()
        .iter()
        .filter(|path| path.contains("/statuses?"))
        .count();
    assert_eq!(statuses, 2, "two pages of one deployment");
}

#[sqlx::test(migrations = false)]
async fn every_request_is_counted_also_those_that_fail(pool: PgPool) {
    let (commands, github) = started(&pool).await;
    let before = github.requests().len();
    github.fail_next(Failure::Status(502));
    github.fail_next(Failure::Garbage);
    read_once(&commands).await;
    end_waits(&pool).await;
    read_all(&commands, &pool).await;
    let sent = i64::try_from(github.requests().len() - before).unwrap();
    let counted = count(&pool, "select sum(calls)::bigint from backfills").await;
    assert_eq!(counted, sent);
    assert!(sent >= 7, "two that failed, and five for the three kinds: {sent}");
}

#[sqlx::test(migrations = false)]
async fn what_lies_between_deploys_is_listed_and_its_requests_are_counted(pool: PgPool) {
    let world = World::default();
    lives::eventful(&world, 60, &[MergeMethod::Squash, MergeMethod::Merge]);
    let (commands, github) = connected(&pool, world).await;
    register(&commands).await;
    find_and_start(&commands).await;
    let before = github.requests().len();
    read_all(&commands, &pool).await;
    settle(&commands, &pool).await;
    let asked = github.requests().split_off(before);
    let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
    let ranges = count(&pool, "select count(*) from compared_ranges").await;
    assert!(ranges > 50, "{ranges} ranges are known");
    // At most a handful that a later derivation asked for by itself.
    let (compared, listed) = (of("/compare/"), of("/commits?sha="));
    assert!(
        compared <= 4 && (1..=8).contains(&listed),
        "{ranges} ranges took {compared} comparisons and {listed} lists"
    );
    let counted = count(&pool, "select sum(calls)::bigint from backfills").await;
    assert_eq!(
        counted,
        i64::try_from(asked.len()).unwrap(),
        "every request: {asked:#?}"
    );
}

#[sqlx::test(migrations = false)]
async fn it_reads_back_180_days_and_no_further(pool: PgPool) {
    let now = Utc::now();
    let world = World::starting(now - TimeDelta::days(400));
    let repo = world.repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    for _ in 0..350 {
        world.wait(TimeDelta::hours(24));
        repo.deploy_through("production", &sha, 1, "success");
    }
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    let stored = count(&pool, "select count(*) from github_deployments").await;
    assert!(
        (128..=131).contains(&stored),
        "{stored}: one a day, and the last 50 days had none"
    );
    let lists = github
        .requests()
        .iter()
        .filter(|path| path.contains("/deployments?"))
        .count();
    assert_eq!(lists, 2, "the pages before were not asked for");
}

#[sqlx::test(migrations = false)]
async fn it_leaves_a_reserve_and_goes_on_when_the_budget_is_new(pool: PgPool) {
    let world = World::default();
    lives::many(&world, 12, 4);
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    github.allow(20, 2);
    commands.start_backfill(&operator(), None).await.unwrap();
    read_all(&commands, &pool).await;
    assert_eq!(github.violations(), 0, "no request came when none was left");
    let done = count(&pool, "select count(*) from backfills where state = 'done'").await;
    assert_eq!(done, 36);
    let lowest = github.lowest();
    assert!(
        lowest >= 1,
        "the reserve of a tenth was touched by pages in flight only: {lowest}"
    );
}
