//! From GitHub's lists to services and history: found, read whole and once, and healed where events left gaps.

mod discovery;
mod healing;
mod lives;
mod pages;
mod reading;
mod scale;

use std::{sync::Arc, time::Duration};

use commands::{
    Commands, SystemClock,
    backfill::jobs::{FetchRanges, LANES, ReadHistory},
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits},
};
use domain::actor::{Actor, Viewer};
use integrations::github::{GithubClient, GithubConfig};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{FakeGithub, World};

/// A fake GitHub and commands that ask it.
async fn connected(pool: &PgPool, world: World) -> (Commands, FakeGithub) {
    let github = FakeGithub::serve(world).await;
    let commands = asking(pool, &github).await;
    (commands, github)
}

/// Commands as a newly started process has them.
async fn asking(pool: &PgPool, github: &FakeGithub) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let client = GithubClient::new(GithubConfig {
        base_url: github.base_url(),
        token: Some(FakeGithub::TOKEN.into()),
        timeout: GithubConfig::TIMEOUT,
    });
    Commands::new(store, Arc::new(SystemClock)).with_github(client.unwrap())
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// Reads until no page waits, also for GitHub's budget.
async fn read_all(commands: &Commands, pool: &PgPool) {
    loop {
        let mut pages = 0;
        for lane in 0..LANES {
            pages += commands.read_history(&ReadHistory { lane }).await.unwrap();
        }
        if pages > 0 {
            continue;
        }
        let waiting: i64 = sqlx::query_scalar("select count(*) from backfills where state = 'reading'")
            .fetch_one(pool)
            .await
            .unwrap();
        if waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Runs what was enqueued for deriving and fetching, until nothing is left.
async fn settle(commands: &Commands, pool: &PgPool) {
    loop {
        let mut ran = 0;
        for job in taken::<FetchPullRequestCommits>(pool, "fetch_pull_request_commits").await {
            commands.fetch_pull_request_commits(&job).await.unwrap();
            ran += 1;
        }
        for job in taken::<FetchCompare>(pool, "fetch_compare").await {
            commands.fetch_compare(&job).await.unwrap();
            ran += 1;
        }
        for job in taken::<FetchRanges>(pool, "fetch_ranges").await {
            commands.fetch_ranges(&job).await.unwrap();
            ran += 1;
        }
        for job in taken::<DeriveService>(pool, "derive_service").await {
            commands.derive_service(job.service).await.unwrap();
            ran += 1;
        }
        if ran == 0 {
            return;
        }
    }
}

async fn taken<J: DeserializeOwned>(pool: &PgPool, task: &str) -> Vec<J> {
    let jobs: Vec<Value> = sqlx::query_scalar(
        "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
         where t.id = j.task_id and t.identifier = $1 returning j.payload::jsonb",
    )
    .bind(task)
    .fetch_all(pool)
    .await
    .unwrap();
    jobs.into_iter()
        .map(|job| serde_json::from_value(job).unwrap())
        .collect()
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}
