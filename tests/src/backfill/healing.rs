//! What events did not bring is found (promise 7).

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use commands::{Commands, SystemClock};
use integrations::github::{AppKey, GithubClient, GithubConfig};
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{FakeGithub, MergeMethod, NewCommit, NewPull, World};

use super::{asking, connected, count, operator};
use crate::{
    harness::{App, client},
    intake::order::tell,
};

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
    assert_eq!(
        (nothing.looked_at, nothing.facts()),
        (1, 0),
        "events brought everything"
    );

    // GitHub tells nobody that a newer success made it inactive, and moves pull requests on for each comment.
    world.listen(false);
    repo.set_status(known, "inactive");
    world.listen(true);
    sqlx::query("update repository_listings set looked_at = null")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(commands.heal_gaps().await.unwrap().facts(), 0, "that is no gap");

    // The webhook is lost for an hour.
    world.wait(TimeDelta::hours(1));
    repo.set_status(known, "success");
    let number = repo.propose(NewPull::new("pay", "Pay"), vec![NewCommit::new("Pay")]);
    let merge = repo.merge(number, MergeMethod::Squash);
    repo.deploy_through("production", &merge, 2, "failure");
    world.take_deliveries();

    let early = commands.heal_gaps().await.unwrap();
    assert_eq!(early.looked_at, 0, "it was looked at a moment ago");
    sqlx::query("update repository_listings set looked_at = looked_at - interval '30 hours'")
        .execute(&pool)
        .await
        .unwrap();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!(
        (
            healed.looked_at,
            healed.deployments,
            healed.statuses,
            healed.pull_requests
        ),
        (1, 1, 3, 1)
    );
    let merged = count(&pool, "select count(*) from pull_requests where state = 'merged'").await;
    let ended = count(
        &pool,
        "select count(*) from github_deployment_statuses where state in ('success', 'failure')",
    )
    .await;
    assert_eq!((merged, ended), (1, 3));
    let totals = commands.reads().backfill_totals(commands.now()).await.unwrap();
    assert_eq!(totals.healed, 5);

    sqlx::query("update repository_listings set looked_at = looked_at - interval '30 hours'")
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
    commands
        .ignore_repository(&operator(), ignored.into(), true)
        .await
        .unwrap();
    world.repo("acme/hidden").hide();
    commands.discover_repositories().await.unwrap();
    let before = github.requests().len();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!((healed.looked_at, healed.deployments), (1, 1));
    assert!(
        github.requests()[before..]
            .iter()
            .all(|path| path.contains("acme/live") || path == "/graphql"),
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
    asking(&pool, &github)
        .await
        .discover_repositories()
        .await
        .unwrap();
    commands.discover_repositories().await.unwrap();
    let healed = commands.heal_gaps().await.unwrap();
    assert_eq!(healed.looked_at, 0);
}

const SECRET: &str = "a secret that nobody guesses";

/// Commands that ask as the App.
async fn as_app(pool: &PgPool, github: &FakeGithub) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let key = AppKey::parse(World::APP, &github.world().make_app().into()).unwrap();
    let client = GithubClient::new(GithubConfig {
        base_url: github.base_url(),
        token: None,
        timeout: GithubConfig::TIMEOUT,
    });
    Commands::new(store, Arc::new(SystemClock)).with_github(client.unwrap().with_app(key))
}

#[sqlx::test(migrations = false)]
async fn what_nobody_took_is_sent_again(pool: PgPool) {
    let github = FakeGithub::start().await;
    let world = github.world();
    let repo = world.repo("acme/payments");
    for number in 0..150 {
        repo.commit(NewCommit::new(&format!("Commit {number}")));
    }
    let deliveries = world.take_deliveries();
    let app = App::start(pool.clone(), &["--github-webhook-secret", SECRET]).await;
    let url = app.url("/webhooks/github");
    let now = Utc::now();
    for (index, delivery) in deliveries.iter().enumerate().rev() {
        let at = now - TimeDelta::minutes(10) * (i32::try_from(index).unwrap() + 1);
        // Each tenth was refused, and one that was answered never arrived in this database.
        let lost = index % 10 == 3;
        if !lost && index != 5 {
            assert!(
                delivery
                    .post(&client(), &url, SECRET)
                    .await
                    .unwrap()
                    .status()
                    .is_success()
            );
        }
        world.log_attempt(delivery, at, if lost { 502 } else { 202 });
    }
    let on_its_way = repo.commit(NewCommit::new("On its way"));
    let young = world.take_deliveries();
    world.log_attempt(&young[0], now, 0);
    assert!(!on_its_way.is_empty());

    let commands = as_app(&pool, &github).await;
    let found = commands.ask_for_missing_deliveries().await.unwrap();
    assert_eq!((found.missing, found.asked), (16, 16));
    let again = world.take_asked_again();
    assert_eq!(again.len(), 16);
    assert!(again.iter().any(|one| one.id == deliveries[5].id));
    for delivery in &again {
        assert!(
            delivery
                .post(&client(), &url, SECRET)
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }
    assert_eq!(count(&pool, "select count(*) from deliveries").await, 150);
    let found = commands.ask_for_missing_deliveries().await.unwrap();
    assert_eq!((found.missing, found.asked), (0, 0));
    let pages = github
        .requests()
        .iter()
        .filter(|path| path.starts_with("/app/hook/deliveries"))
        .count();
    assert_eq!(
        pages,
        2 + 16 + 1,
        "the first look read the whole log, the second its end"
    );
}

#[sqlx::test(migrations = false)]
async fn what_fails_again_and_again_is_left_alone(pool: PgPool) {
    let github = FakeGithub::start().await;
    let world = github.world();
    world.repo("acme/payments").commit(NewCommit::new("Start"));
    let delivery = world.take_deliveries().remove(0);
    let commands = as_app(&pool, &github).await;
    for attempt in 1..=5 {
        let at = Utc::now() - TimeDelta::minutes(30 - attempt);
        world.log_attempt(&delivery, at, 502);
        let found = commands.ask_for_missing_deliveries().await.unwrap();
        assert_eq!(
            (found.missing, found.asked),
            (1, u64::from(attempt < 5)),
            "attempt {attempt}"
        );
    }
}

#[sqlx::test(migrations = false)]
async fn a_token_has_no_log(pool: PgPool) {
    let (commands, github) = connected(&pool, World::default()).await;
    let found = commands.ask_for_missing_deliveries().await.unwrap();
    assert_eq!((found.missing, found.asked), (0, 0));
    assert!(github.requests().is_empty());
}

#[sqlx::test(migrations = false)]
async fn every_installation_of_the_app_is_listed(pool: PgPool) {
    let github = FakeGithub::start().await;
    let world = github.world();
    for name in ["acme/payments", "acme/docs", "umbrella/wallet", "stranger/none"] {
        world.repo(name).commit(NewCommit::new("Start"));
    }
    let commands = as_app(&pool, &github).await;
    for account in ["acme", "umbrella"] {
        world.install(account, &[("metadata", "read"), ("contents", "read")]);
    }
    assert_eq!(commands.discover_repositories().await.unwrap(), 3);
    world.uninstall("umbrella");
    // A new process: this one believes its list of installations for a while.
    let commands = as_app(&pool, &github).await;
    commands.discover_repositories().await.unwrap();
    let gone = count(
        &pool,
        "select count(*) from repository_listings where gone_at is not null",
    )
    .await;
    assert_eq!(gone, 1);
}
