//! Jobs in the real process: a rate limit is waited out, what needs a person is kept and shown, and without a token nothing
//! is asked and nothing complains.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::{Actor, Viewer},
    jobs::FailedJobState,
    page::Position,
};
use reqwest::StatusCode;
use sqlx::{ConnectOptions, PgPool};
use tests::fakes::github::{Failure, FakeGithub, MergeMethod, NewCommit, NewPull};

use super::{
    commands,
    order::{register, tell},
};
use crate::{
    harness::{client, sign_in},
    process::{Fairway, Folder},
};

const SECRET: &str = "a secret that nobody guesses";
/// Far more than what is seen: a second of polling, a few of waiting.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn serve(folder: &Folder, pool: &PgPool, more: &[(&str, &str)]) -> Fairway {
    let database = pool.connect_options().to_url_lossy().to_string();
    let mut variables = vec![
        ("DATABASE_URL", &*database),
        ("FAIRWAY_GITHUB_WEBHOOK_SECRET", SECRET),
    ];
    variables.extend_from_slice(more);
    let fairway = Fairway::serve(folder, &variables).await;
    sign_in(pool).await;
    fairway
}

/// A GitHub where two pull requests were merged, and a process that was told so.
async fn merged(pool: &PgPool, folder: &Folder, failure: Failure) -> (FakeGithub, Fairway) {
    let github = FakeGithub::start().await;
    register(&commands(pool).await).await;
    github.fail(failure);
    let base = github.base_url().to_string();
    let variables = [
        ("FAIRWAY_GITHUB_API_URL", &*base),
        ("FAIRWAY_GITHUB_TOKEN", FakeGithub::TOKEN),
    ];
    let fairway = serve(folder, pool, &variables).await;
    let repo = github.world().act_as("ada").repo("acme/payments");
    repo.commit(NewCommit::new("Start"));
    for branch in ["one", "two"] {
        let number = repo.propose(
            NewPull::new(branch, branch),
            vec![NewCommit::new(branch).file(branch, branch)],
        );
        repo.merge(number, MergeMethod::Squash);
    }
    let url = format!("http://{}/webhooks/github", fairway.address);
    for delivery in github.world().take_deliveries() {
        let answer = delivery.post(&client(), &url, SECRET).await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    (github, fairway)
}

pub(super) async fn until(pool: &PgPool, query: &'static str) {
    let begun = Instant::now();
    loop {
        let holds: bool = sqlx::query_scalar(query).fetch_one(pool).await.unwrap();
        if holds {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "not in time: {query}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const BOTH_FAILED: &str =
    "select count(*) = 2 from graphile_worker._private_jobs where key like 'fetch_pull%'
    and last_error is not null and locked_at is null";
const BOTH_KNOWN: &str = "select count(*) filter (where commits_known) = 2 from pull_requests";

#[sqlx::test(migrations = false)]
async fn a_rate_limit_is_waited_out_and_github_is_left_alone_meanwhile(pool: PgPool) {
    let folder = Folder::new("limited").with_site();
    let begun = Utc::now();
    let (github, fairway) = merged(&pool, &folder, Failure::RateLimited { reset_in: 900 }).await;
    until(&pool, BOTH_FAILED).await;
    let jobs: Vec<(DateTime<Utc>, i16)> = sqlx::query_as(
        "select run_at, attempts from graphile_worker._private_jobs where key like 'fetch_pull%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for (run_at, attempts) in jobs {
        let wait = run_at - begun;
        assert!(
            (TimeDelta::seconds(890)..TimeDelta::seconds(960)).contains(&wait),
            "it goes on when the window ends, not after a back-off: {wait}"
        );
        assert_eq!(attempts, 0, "waiting is no attempt");
    }
    assert!(github.requests().len() <= 2, "{:?}", github.requests());
    let waiting = commands(&pool).await.reads();
    let page = waiting
        .failed_jobs(Some(FailedJobState::Waiting), &Position::Start, 10)
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 2);
    assert!(page.rows[0].next_try_at.is_some_and(|at| at > begun));
    drop(fairway);
}

#[sqlx::test(migrations = false)]
async fn after_a_short_limit_it_goes_on_by_itself(pool: PgPool) {
    let folder = Folder::new("short-limit").with_site();
    let (github, _fairway) = merged(&pool, &folder, Failure::SecondaryLimit { retry_after: 5 }).await;
    until(&pool, BOTH_FAILED).await;
    github.heal();
    until(&pool, BOTH_KNOWN).await;
    assert!(github.requests().len() <= 6, "{:?}", github.requests());
}

#[sqlx::test(migrations = false)]
async fn an_answer_that_cannot_be_read_is_asked_for_again(pool: PgPool) {
    let folder = Folder::new("garbage").with_site();
    let (github, _fairway) = merged(&pool, &folder, Failure::Garbage).await;
    until(&pool, BOTH_FAILED).await;
    let reads = commands(&pool).await.reads();
    assert_eq!(reads.backlog().await.unwrap().jobs_dead, 0);
    let error: String = sqlx::query_scalar(
        "select last_error from graphile_worker._private_jobs where last_error is not null limit 1",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(error.contains("cannot be used"), "{error}");
    github.heal();
    until(&pool, BOTH_KNOWN).await;
}

#[sqlx::test(migrations = false)]
async fn what_waits_for_a_refused_token_goes_on_when_a_check_finds_it_accepted(pool: PgPool) {
    let folder = Folder::new("refused").with_site();
    let (github, fairway) = merged(&pool, &folder, Failure::RevokedToken).await;
    until(&pool, BOTH_FAILED).await;
    github.heal();
    let check = format!("http://{}/admin/integrations/github", fairway.address);
    let pressed = client().post(check).send().await.unwrap();
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    until(&pool, BOTH_KNOWN).await;
}

#[sqlx::test(migrations = false)]
async fn what_needs_a_person_is_kept_shown_and_run_again(pool: PgPool) {
    let folder = Folder::new("no-access").with_site();
    let (github, fairway) = merged(&pool, &folder, Failure::NoAccess).await;
    until(&pool, BOTH_FAILED).await;
    let commands = commands(&pool).await;
    let dead = Some(FailedJobState::Dead);
    let page = commands
        .reads()
        .failed_jobs(dead, &Position::Start, 10)
        .await
        .unwrap();
    let mut subjects: Vec<_> = page.rows.iter().map(|job| job.subject.clone().unwrap()).collect();
    subjects.sort();
    assert_eq!(subjects, ["acme/payments#1", "acme/payments#2"]);
    for job in &page.rows {
        assert_eq!((&*job.task, job.attempts), ("fetch_pull_request_commits", 1));
        assert!(
            job.error.as_ref().unwrap().contains("give it read access"),
            "{job:?}"
        );
    }
    assert_eq!(commands.reads().backlog().await.unwrap().jobs_dead, 2);

    let at = |path: &str| format!("http://{}{path}", fairway.address);
    let html = client()
        .get(at("/admin/jobs"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        html.contains("acme/payments#2") && html.contains("give it read access"),
        "{html}"
    );

    github.heal();
    // Pressed twice: the second finds nothing that failed, or does no harm.
    for job in page.rows.iter().flat_map(|job| [job, job]) {
        let form = [("job", job.id.to_string())];
        let answer = client().post(at("/admin/jobs")).form(&form).send().await.unwrap();
        assert!(
            matches!(answer.status(), StatusCode::SEE_OTHER | StatusCode::NOT_FOUND),
            "{}",
            answer.status()
        );
    }
    until(&pool, BOTH_KNOWN).await;
    let audited: i64 = sqlx::query_scalar("select count(*) from audit where action = 'job.retry'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(audited, 2, "each was run again once");
    let nothing = commands
        .retry_job(&Viewer::trusted(Actor::CommandLine), 4711)
        .await
        .unwrap_err();
    assert!(nothing.to_string().contains("4711"), "{nothing}");
}

#[sqlx::test(migrations = false)]
async fn without_a_token_nothing_is_asked_and_nothing_complains(pool: PgPool) {
    let folder = Folder::new("tokenless").with_site();
    let told = commands(&pool).await;
    register(&told).await;
    let github = FakeGithub::start().await;
    let repo = github.world().act_as("ada").repo("acme/payments");
    repo.commit(NewCommit::new("Start"));
    let number = repo.propose(NewPull::new("a", "A"), vec![NewCommit::new("A").file("a", "a")]);
    repo.merge(number, MergeMethod::Squash);
    tell(&told, &github.world().take_deliveries()).await;
    let fetching =
        "select count(*) from graphile_worker._private_jobs where key like 'fetch%' or key like 'sync%'";
    let waiting: i64 = sqlx::query_scalar(fetching).fetch_one(&pool).await.unwrap();
    assert_eq!(waiting, 0, "nothing is enqueued");

    // Left over from the time when there was a token.
    sqlx::query(
        "select graphile_worker.add_job('fetch_pull_request_commits',
             json_build_object('repository', (select id from repositories limit 1), 'number', 1))",
    )
    .execute(&pool)
    .await
    .unwrap();
    let _fairway = serve(&folder, &pool, &[]).await;
    until(&pool, "select count(*) = 0 from graphile_worker._private_jobs").await;
    let log = std::fs::read_to_string(folder.0.join("log")).unwrap();
    let complaint = |line: &&str| (line.contains("WARN") || line.contains("ERROR")) && line.contains("job");
    assert_eq!(log.lines().find(complaint), None);
}

#[sqlx::test(migrations = false)]
async fn a_job_that_outlasts_the_end_is_given_back(pool: PgPool) {
    let folder = Folder::new("given-back").with_site();
    register(&commands(&pool).await).await;
    let github = FakeGithub::start().await;
    let repo = github.world().act_as("ada").repo("acme/payments");
    repo.commit(NewCommit::new("Start"));
    let number = repo.propose(NewPull::new("a", "A"), vec![NewCommit::new("A").file("a", "a")]);
    repo.merge(number, MergeMethod::Squash);
    github.fail(Failure::Slow(Duration::from_secs(60)));
    let base = github.base_url().to_string();
    let variables = [
        ("FAIRWAY_GITHUB_API_URL", &*base),
        ("FAIRWAY_GITHUB_TOKEN", FakeGithub::TOKEN),
        ("FAIRWAY_DRAIN_SECONDS", "3"),
    ];
    let mut fairway = serve(&folder, &pool, &variables).await;
    let url = format!("http://{}/webhooks/github", fairway.address);
    for delivery in github.world().take_deliveries() {
        delivery.post(&client(), &url, SECRET).await.unwrap();
    }
    until(
        &pool,
        "select count(*) > 0 from graphile_worker._private_jobs where key like 'fetch%' and locked_at is not null",
    )
    .await;
    fairway.signal("TERM");
    assert_eq!(fairway.ended().await.code(), Some(0));
    let left: Vec<(Option<DateTime<Utc>>, bool)> = sqlx::query_as(
        "select locked_at, attempts < max_attempts from graphile_worker._private_jobs where key like 'fetch_pull%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(
        left,
        [(None, true)],
        "its lease is given back, and it is tried again"
    );

    github.heal();
    let _next = serve(&folder, &pool, &variables).await;
    until(&pool, "select bool_and(commits_known) from pull_requests").await;
}
