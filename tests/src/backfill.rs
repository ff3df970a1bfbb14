//! From GitHub's lists to services and history: found, read whole and once, and healed where events left gaps.

mod discovery;
mod failing;
mod healing;
mod lives;
mod pages;
mod reading;
mod requests;
mod scale;

use std::{sync::Arc, time::Duration};

use commands::{
    Commands, SystemClock,
    backfill::jobs::{FetchRanges, LANES, ReadHistory},
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits},
};
use domain::{
    actor::{Actor, Viewer},
    backfill::RepositoryFilter,
    ids::RepositoryId,
    page::{PAGE_SIZE, Position},
};
use integrations::github::{GithubClient, GithubConfig};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{FakeGithub, MergeMethod, World};

use crate::harness::count;

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

/// Finds what GitHub lists and starts reading the history of all of it; gives of how many repositories.
async fn find_and_start(commands: &Commands) -> u64 {
    commands.discover_repositories().await.unwrap();
    commands.start_backfill(&operator(), None).await.unwrap()
}

/// The one repository that GitHub lists.
async fn only_repository(commands: &Commands) -> RepositoryId {
    let found = commands
        .reads()
        .found_repositories(&RepositoryFilter::default(), &Position::Start, PAGE_SIZE)
        .await
        .unwrap();
    assert_eq!(found.rows.len(), 1);
    found.rows[0].id
}

/// Commands that begin to read the history of a few days.
async fn started(pool: &PgPool) -> (Commands, FakeGithub) {
    let world = World::default();
    lives::eventful(&world, 3, &[MergeMethod::Squash]);
    let (commands, github) = connected(pool, world).await;
    find_and_start(&commands).await;
    (commands, github)
}

/// Lets every lane read once; gives how many pages they read.
pub async fn read_once(commands: &Commands) -> usize {
    let mut pages = 0;
    for lane in 0..LANES {
        pages += commands.read_history(&ReadHistory { lane }).await.unwrap();
    }
    pages
}

/// Lets everything that waits be read at once.
pub async fn end_waits(pool: &PgPool) {
    sqlx::query("update backfills set resume_at = null")
        .execute(pool)
        .await
        .unwrap();
}

/// Reads until no page waits, also for GitHub's budget.
async fn read_all(commands: &Commands, pool: &PgPool) {
    loop {
        if read_once(commands).await > 0 {
            continue;
        }
        if count(pool, "select count(*) from backfills where state = 'reading'").await == 0 {
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
