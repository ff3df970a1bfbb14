//! Two hundred repositories and twenty thousand deployments: few requests, never past the limit, none lost in a crash.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use commands::backfill::jobs::{LANES, ReadHistory};
use sqlx::{ConnectOptions, PgPool};
use tests::fakes::github::{FakeGithub, RepoHandle, World};

use super::{asking, connected, count, lives, operator};
use crate::{
    process::{Fairway, Folder, PATIENCE},
    soak,
};

/// Deployments that are stored, with how many statuses each has.
async fn stored(pool: &PgPool) -> BTreeSet<(i64, i64)> {
    sqlx::query_as(
        "select d.github_id, count(s.github_id) from github_deployments d
         left join github_deployment_statuses s on s.deployment_id = d.github_id group by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
    .into_iter()
    .collect()
}

fn true_deployments(repos: &[RepoHandle]) -> BTreeSet<(i64, i64)> {
    repos.iter().flat_map(RepoHandle::deployments).collect()
}

#[sqlx::test(migrations = false)]
async fn many_repositories_are_read_through_a_crash(pool: PgPool) {
    read_through_a_crash(pool, 20, 100).await;
}

#[sqlx::test(migrations = false)]
#[ignore = "minutes long; run by `make soak`"]
async fn soak_two_hundred_repositories_and_twenty_thousand_deployments(pool: PgPool) {
    let read = read_through_a_crash(pool, 200, 100).await;
    soak::note("backfill", &read.rows());
}

#[sqlx::test(migrations = false)]
async fn a_killed_process_goes_on_where_it_was(pool: PgPool) {
    read_through_a_kill(pool, 12, 60).await;
}

#[sqlx::test(migrations = false)]
#[ignore = "minutes long; run by `make soak`"]
async fn soak_two_hundred_repositories_are_read_through_a_kill(pool: PgPool) {
    let read = read_through_a_kill(pool, 200, 100).await;
    soak::note("backfill-killed", &read.rows());
}

/// What was read, and by how many requests.
struct Read {
    repositories: usize,
    deployments: usize,
    rows: i64,
    requests: usize,
    took: Duration,
}

impl Read {
    async fn of(pool: &PgPool, github: &FakeGithub, repositories: usize, took: Duration) -> Self {
        let rows = count(
            pool,
            "select (select count(*) from github_deployments) + (select count(*) from github_deployment_statuses)
                 + (select count(*) from pull_requests) + (select count(*) from pull_request_commits)
                 + (select count(*) from github_releases)",
        );
        let deployments = count(pool, "select count(*) from github_deployments");
        Self {
            repositories,
            rows: rows.await,
            deployments: usize::try_from(deployments.await).unwrap(),
            requests: github.requests().len(),
            took,
        }
    }

    fn rows(&self) -> [(&'static str, String); 5] {
        [
            ("repositories", self.repositories.to_string()),
            (
                "deployments, each stored once with its statuses",
                self.deployments.to_string(),
            ),
            ("rows read of all kinds", self.rows.to_string()),
            ("requests; none past the limit", self.requests.to_string()),
            ("time", format!("{} s", self.took.as_secs())),
        ]
    }
}

/// Reads everything with lanes that are aborted in the middle, as a killed process leaves them, under a budget that ends
/// several times on the way.
async fn read_through_a_crash(pool: PgPool, repositories: usize, deployments: usize) -> Read {
    let world = World::default();
    world.listen(false);
    let repos = lives::many(&world, repositories, deployments);
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    let listed = github.requests().len();
    assert_eq!(
        listed,
        repositories.div_ceil(100),
        "a call for each hundred repositories"
    );
    commands.start_backfill(&operator(), None).await.unwrap();
    // So few that the budget ends on the way.
    github.allow((2 * repositories as u64).max(40), 3);
    let begun = Instant::now();
    let half = i64::try_from(repositories * deployments / 2).unwrap();
    let mut crashes = 0;
    loop {
        let commands = asking(&pool, &github).await;
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let commands = commands.clone();
                tokio::spawn(async move {
                    loop {
                        if commands.read_history(&ReadHistory { lane }).await.unwrap() == 0 {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                    }
                })
            })
            .collect();
        let ended = loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let read = count(&pool, "select count(*) from github_deployments").await;
            if crashes == 0 && read >= half {
                break false;
            }
            if count(&pool, "select count(*) from backfills where state = 'reading'").await == 0 {
                break true;
            }
            assert!(begun.elapsed() < PATIENCE * 10, "not in time");
        };
        for lane in lanes {
            lane.abort();
            let _aborted = lane.await;
        }
        if ended {
            break;
        }
        crashes += 1;
    }
    assert_eq!(crashes, 1);
    assert_eq!(github.violations(), 0, "no request came when none was left");
    assert_eq!(
        stored(&pool).await,
        true_deployments(&repos),
        "each deployment once, with its statuses"
    );
    assert_lists(&github, repositories, deployments);
    Read::of(&pool, &github, repositories, begun.elapsed()).await
}

/// Each list took a call for every hundred rows, at least one; a page that was in flight at the crash is read again.
fn assert_lists(github: &FakeGithub, repositories: usize, deployments: usize) {
    let asked = github.requests();
    let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
    let again = usize::try_from(LANES).unwrap();
    let fair = |rows: usize| repositories * rows.div_ceil(100).max(1);
    for (part, rows) in [
        ("/deployments?", deployments),
        ("/pulls?", deployments.div_ceil(10)),
        ("/releases?", deployments / 50),
    ] {
        let (calls, fair) = (of(part), fair(rows));
        assert!(
            (fair..=fair + again).contains(&calls),
            "{part}: {calls} calls, {fair} are fair"
        );
    }
    // One question for each page of deployments and of pull requests.
    let questions = of("/graphql");
    let fair = fair(deployments) + fair(deployments.div_ceil(10));
    assert!(
        (fair..=fair + again).contains(&questions),
        "{questions} questions, {fair} are fair"
    );
}

/// Reads everything with a process that is killed half-way and started again.
async fn read_through_a_kill(pool: PgPool, repositories: usize, deployments: usize) -> Read {
    let world = World::default();
    world.listen(false);
    let repos = lives::many(&world, repositories, deployments);
    let all = i64::try_from(repositories * deployments).unwrap();
    let github = FakeGithub::serve(world).await;
    let folder = Folder::new("backfill").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let api = github.base_url().to_string();
    let variables = [
        ("DATABASE_URL", &*url),
        ("FAIRWAY_GITHUB_API_URL", &*api),
        ("FAIRWAY_GITHUB_TOKEN", FakeGithub::TOKEN),
    ];
    let commands = asking(&pool, &github).await;
    commands.discover_repositories().await.unwrap();
    // The clock's look for gaps would read the same lists.
    sqlx::query("update repository_listings set looked_at = now()")
        .execute(&pool)
        .await
        .unwrap();
    let mut fairway = Fairway::serve(&folder, &variables).await;
    let begun = Instant::now();
    commands.start_backfill(&operator(), None).await.unwrap();
    until(&pool, all / 3).await;
    fairway.signal("KILL");
    fairway.ended().await;
    let at_the_kill = count(&pool, "select count(*) from github_deployments").await;
    assert!(at_the_kill < all, "it was killed in the middle: {at_the_kill}");
    let _again = Fairway::serve(&folder, &variables).await;
    until(&pool, all).await;
    while count(&pool, "select count(*) from backfills where state = 'reading'").await > 0 {
        assert!(begun.elapsed() < PATIENCE * 20, "not in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed();
    assert_eq!(stored(&pool).await, true_deployments(&repos));
    assert_eq!(github.violations(), 0, "no request came when none was left");
    let lists = github
        .requests()
        .iter()
        .filter(|path| path.contains("/deployments?"))
        .count();
    let fair = repositories * deployments.div_ceil(100) + usize::try_from(LANES).unwrap();
    assert!(lists <= fair, "{lists} pages of deployments, {fair} are fair");
    Read::of(&pool, &github, repositories, took).await
}

async fn until(pool: &PgPool, deployments: i64) {
    let begun = Instant::now();
    while count(pool, "select count(*) from github_deployments").await < deployments {
        assert!(
            begun.elapsed() < PATIENCE * 20,
            "not in time: {deployments} deployments"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
