//! What events did not bring is found (promise 7).

use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use tests::fakes::github::{MergeMethod, NewCommit, NewPull, World};

use super::{asking, connected, count, operator};
use crate::intake::order::tell;

#[sqlx::test(migrations = false)]
async fn lost_events_are_found_and_counted_once(pool: PgPool) {
    let world = World::starting(Utc::now() - TimeDelta::days(1));
    let repo = world.repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    repo.deploy_through("production", &sha, 2, "success");
    let known = repo.deploy("production", &sha, None);
    repo.set_status(known, "in_progress");
    let (commands, github) = connected(&pool, world.clone()).await;
    tell(&commands, &world.take_deliveries()).await;
    commands.discover_repositories().await.unwrap();
    let nothing = commands.heal_gaps().await.unwrap();
    assert_eq!((nothing.looked_at, nothing.facts()), (1, 0), "events brought everything");

    // The webhook is lost for an hour.
    world.wait(TimeDelta::hours(1));
    repo.set_status(known, "success");
    let number = repo.propose(NewPull::new("pay", "Pay"), vec![NewCommit::new("Pay")]);
    let merge = repo.merge(number, MergeMethod::Squash);
    repo.deploy_through("production", &merge, 2, "failure");
    world.take_deliveries();

    let early = commands.heal_gaps().await.unwrap();
    assert_eq!(early.looked_at, 0, "it was looked at a moment ago");
    sqlx::query("update repository_listings set looked_at = looked_at - interval '2 hours'")
        .execute(&pool)
        .await
        .unwrap();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!(
        (healed.looked_at, healed.deployments, healed.statuses, healed.pull_requests),
        (1, 1, 3, 1)
    );
    let merged = count(&pool, "select count(*) from pull_requests where state = 'merged'").await;
    let ended = count(&pool, "select count(*) from github_deployment_statuses where state in ('success', 'failure')").await;
    assert_eq!((merged, ended), (1, 3));
    let totals = commands.reads().backfill_totals(commands.now()).await.unwrap();
    assert_eq!(totals.healed, 5);

    sqlx::query("update repository_listings set looked_at = looked_at - interval '2 hours'")
        .execute(&pool)
        .await
        .unwrap();
    let again = commands.heal_gaps().await.unwrap();
    assert_eq!((again.looked_at, again.facts()), (1, 0), "healed gaps are none");
    assert_eq!(github.violations(), 0);
}

#[sqlx::test(migrations = false)]
async fn nobody_is_asked_about_what_nobody_wants(pool: PgPool) {
    let world = World::starting(Utc::now() - TimeDelta::days(1));
    for name in ["acme/archived", "acme/ignored", "acme/hidden", "acme/live"] {
        let sha = world.repo(name).commit(NewCommit::new("Start"));
        world.repo(name).deploy_through("production", &sha, 2, "success");
    }
    world.repo("acme/archived").archive();
    let (commands, github) = connected(&pool, world.clone()).await;
    commands.discover_repositories().await.unwrap();
    let ignored: uuid::Uuid = sqlx::query_scalar("select id from repositories where name = 'ignored'")
        .fetch_one(&pool)
        .await
        .unwrap();
    commands.ignore_repository(&operator(), ignored.into(), true).await.unwrap();
    world.repo("acme/hidden").hide();
    commands.discover_repositories().await.unwrap();
    let before = github.requests().len();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!((healed.looked_at, healed.deployments), (1, 1));
    assert!(
        github.requests()[before..].iter().all(|path| path.contains("acme/live") || path == "/graphql"),
        "only the live one was asked about"
    );
}

#[sqlx::test(migrations = false)]
async fn the_reserve_is_not_touched(pool: PgPool) {
    let world = World::starting(Utc::now() - TimeDelta::days(1));
    world.repo("acme/live").commit(NewCommit::new("Start"));
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    github.leave(100);
    // A question that tells how little is left.
    asking(&pool, &github).await.discover_repositories().await.unwrap();
    commands.discover_repositories().await.unwrap();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!(healed.looked_at, 0);
}
