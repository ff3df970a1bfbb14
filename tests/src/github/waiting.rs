//! While GitHub refuses or is away, jobs wait, state is noted for every process, and nothing is lost.

use chrono::Utc;
use commands::{CommandError, backfill::jobs::LANES, jobs::ReconcileRepository};
use domain::actor::{Actor, Viewer};
use sqlx::PgPool;
use tests::fakes::github::{Failure, FakeGithub, NewCommit};

use super::{RIGHTS, acme, connected, repository, tell};
use crate::{
    backfill::{end_waits, read_once},
    harness::count,
};

fn waits(error: &CommandError) -> bool {
    matches!(error, CommandError::Unavailable { retry_at: Some(until), .. } if *until > Utc::now())
}

#[sqlx::test(migrations = false)]
async fn an_uninstalled_app_makes_jobs_wait_and_the_page_says_so(pool: PgPool) {
    let github = FakeGithub::start().await;
    let installation = github.install("acme", &RIGHTS);
    let commands = connected(&pool, &github).await;
    github
        .world()
        .repo("acme/mono")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    tell(&commands, &github).await;
    let job = ReconcileRepository {
        repository: repository(&pool).await,
    };
    commands.reconcile_repository(job.repository).await.unwrap();
    commands.check_github().await.unwrap();
    let budgets = commands.reads().github_budgets().await.unwrap();
    assert!(
        budgets
            .iter()
            .any(|budget| budget.caller == format!("installation:{installation}")
                && budget.account.as_deref() == Some("acme"))
    );

    github.uninstall("acme");
    let error = commands.reconcile_repository(job.repository).await.unwrap_err();
    assert!(waits(&error), "{error}");
    commands.check_github().await.unwrap();
    let installations = commands.reads().github_installations().await.unwrap();
    assert!(installations[0].removed_at.is_some());
    let budgets = commands.reads().github_budgets().await.unwrap();
    assert!(
        budgets
            .iter()
            .all(|budget| !budget.caller.starts_with("installation:")),
        "{budgets:?}"
    );
}

#[sqlx::test(migrations = false)]
async fn pauses_and_silence_are_shared_by_all_processes(pool: PgPool) {
    let (one, github, _) = acme(&pool).await;
    let other = connected(&pool, &github).await;
    tell(&one, &github).await;
    let id = repository(&pool).await;
    github.fail_for("acme", Failure::SecondaryLimit { retry_after: 60 });
    let limited = one.reconcile_repository(id).await.unwrap_err();
    assert!(waits(&limited), "{limited}");
    one.note_github().await.unwrap();
    github.heal();
    other.note_github().await.unwrap();
    let told = other.reconcile_repository(id).await.unwrap_err();
    assert!(waits(&told), "{told}");
}

#[sqlx::test(migrations = false)]
async fn silence_is_noted_with_the_age_of_what_is_known(pool: PgPool) {
    let (commands, github, _) = acme(&pool).await;
    tell(&commands, &github).await;
    let id = repository(&pool).await;
    commands.reconcile_repository(id).await.unwrap();
    commands.note_github().await.unwrap();
    let now = || Utc::now();
    let answered = commands
        .reads()
        .system_health("github")
        .await
        .unwrap()
        .expect("noted");
    assert_eq!(
        (answered.breaker.as_str(), answered.silent_as_of(now())),
        ("closed", None)
    );
    github.fail(Failure::Status(503));
    for _ in 0..5 {
        assert!(commands.reconcile_repository(id).await.unwrap_err().is_passing());
    }
    let resting = commands.reconcile_repository(id).await.unwrap_err();
    assert!(waits(&resting), "the breaker is open: {resting}");
    commands.note_github().await.unwrap();
    let silent = commands
        .reads()
        .system_health("github")
        .await
        .unwrap()
        .expect("noted");
    assert_eq!(silent.breaker, "open");
    assert_eq!(silent.silent_as_of(now()), silent.last_answer_at);
    assert!(silent.last_failure.expect("said").contains("503"));
}

#[sqlx::test(migrations = false)]
async fn history_waits_while_the_app_is_suspended_and_goes_on_afterwards(pool: PgPool) {
    let (commands, github, _) = acme(&pool).await;
    commands.discover_repositories().await.unwrap();
    let operator = Viewer::trusted(Actor::CommandLine);
    assert_eq!(commands.start_backfill(&operator, None).await.unwrap(), 1);
    for (suspended, expected) in [(true, "reading"), (false, "done")] {
        github.suspend("acme", suspended);
        end_waits(&pool).await;
        read_once(&commands).await;
        let states: Vec<String> = sqlx::query_scalar("select state from backfills")
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(states, [expected; 3], "suspended: {suspended}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_check_that_succeeds_lets_waiting_history_go_on_at_once(pool: PgPool) {
    let (commands, github, _) = acme(&pool).await;
    commands.discover_repositories().await.unwrap();
    let operator = Viewer::trusted(Actor::CommandLine);
    commands.start_backfill(&operator, None).await.unwrap();
    github.suspend("acme", true);
    read_once(&commands).await;
    let waiting = "select count(*) from backfills where resume_at > now()";
    assert_eq!(count(&pool, waiting).await, 3);
    commands.check_github_now(&operator).await.unwrap();
    assert_eq!(count(&pool, waiting).await, 3, "nothing is granted yet");

    github.suspend("acme", false);
    sqlx::query("delete from graphile_worker._private_jobs")
        .execute(&pool)
        .await
        .unwrap();
    commands.check_github_now(&operator).await.unwrap();
    assert_eq!(count(&pool, waiting).await, 0, "it may go on");
    let readers = "select count(*) from graphile_worker._private_jobs j
        join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'read_history'";
    assert_eq!(count(&pool, readers).await, i64::from(LANES));
    read_once(&commands).await;
    let done = "select count(*) from backfills where state = 'done'";
    assert_eq!(count(&pool, done).await, 3);
}

#[sqlx::test(migrations = false)]
async fn a_check_of_a_token_asks_github_though_nothing_is_stored(pool: PgPool) {
    let github = FakeGithub::start().await;
    github.fail(Failure::RevokedToken);
    let commands = connected(&pool, &github).await;
    let client = integrations::github::GithubClient::new(integrations::github::GithubConfig {
        base_url: github.base_url(),
        token: Some(FakeGithub::TOKEN.into()),
        timeout: integrations::github::GithubConfig::TIMEOUT,
    });
    let commands = commands.with_github(client.unwrap());
    commands.check_github().await.unwrap();
    assert_eq!(github.requests().len(), 1, "{:?}", github.requests());
    let budgets = commands.reads().github_budgets().await.unwrap();
    assert!(budgets.iter().any(|budget| budget.refused_since.is_some()));
}
