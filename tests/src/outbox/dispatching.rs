//! Orders to GitHub Actions: one run for each, also where nobody heard that it was made.

use std::time::Duration;

use domain::outbox::EffectState;
use integrations::github::{GithubClient, GithubConfig};
use sqlx::PgPool;
use tests::fakes::github::{Failure, FakeGithub, NewCommit, RepoHandle};

use super::*;

const NAMED: &str = "name: Deploy
run-name: Deploy ${{ inputs.version }} (${{ inputs.fairway_delivery }})
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      version:
      commit:
      target:
      fairway_delivery:
";

const UNNAMED: &str = "name: Deploy
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      version:
      commit:
      target:
      fairway_delivery:
";

/// An installation whose executor is a workflow of this text.
async fn with_workflow(pool: &PgPool, text: &str) -> (Ground, FakeGithub, RepoHandle) {
    let github = FakeGithub::start().await;
    let repo = github.world().act_as("ada").repo("acme/shop");
    repo.commit(NewCommit::new("Start").file(".github/workflows/deploy.yml", text));
    let mut ground = Ground::new(pool, github.now()).await;
    let client = GithubClient::new(GithubConfig {
        base_url: github.base_url(),
        token: Some(FakeGithub::TOKEN.into()),
        timeout: Duration::from_secs(5),
    });
    ground.commands = ground.commands.with_github(client.unwrap());
    let raw = RawExecutor {
        kind: "github_actions".into(),
        repository: "acme/shop".into(),
        workflow: "deploy.yml".into(),
        inputs: "act={act}\nkey={key}\nversion={version}\ncommit={commit}\ntarget=eu-{environment}".into(),
        ..RawExecutor::default()
    };
    ground
        .commands
        .set_executor(&operator(), ("shop", "production"), &raw)
        .await
        .unwrap();
    ground.want("drive:1:deploy").await;
    (ground, github, repo)
}

/// Sends, and ends once GitHub has made a run but before anybody hears of it.
async fn end_after_dispatch(ground: &Ground, github: &FakeGithub, repo: &RepoHandle) {
    let before = repo.dispatched_runs().len();
    github.fail_next(Failure::LostAnswer);
    let process = ground.commands.clone();
    let sending = tokio::spawn(async move { process.send_effects().await });
    while repo.dispatched_runs().len() == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    ground.hands.advance(LEASE_OVER);
}

#[sqlx::test(migrations = false)]
async fn a_workflow_is_dispatched_with_what_the_order_says(pool: PgPool) {
    let (ground, _github, repo) = with_workflow(&pool, NAMED).await;
    assert_eq!(ground.commands.send_effects().await.unwrap().sent, 1);
    let effect = ground.effect("drive:1:deploy").await;
    let runs = repo.dispatched_runs();
    let [run] = &runs[..] else { panic!() };
    assert_eq!(effect.outcome.unwrap()["run"], run.id);
    assert_eq!(run.inputs["version"], "1.4.2");
    assert_eq!(run.inputs["target"], "eu-production");
    assert_eq!(
        (&run.inputs["act"], &run.inputs["commit"]),
        (&"deploy".into(), &"a".repeat(40).into()),
        "what people decided on, whatever the branch holds"
    );
    assert_eq!(run.inputs["fairway_delivery"], effect.id.to_string());
}

#[sqlx::test(migrations = false)]
async fn a_run_that_nobody_heard_of_is_found_and_not_made_again(pool: PgPool) {
    let (ground, github, repo) = with_workflow(&pool, NAMED).await;
    end_after_dispatch(&ground, &github, &repo).await;
    assert_eq!(ground.effect("drive:1:deploy").await.state, EffectState::Waiting);
    assert_eq!(ground.other_process().send_effects().await.unwrap().sent, 1);
    let runs = repo.dispatched_runs();
    let [run] = &runs[..] else {
        panic!("{} runs", runs.len())
    };
    let effect = ground.effect("drive:1:deploy").await;
    assert_eq!(effect.outcome.unwrap()["run"], run.id);
}

#[sqlx::test(migrations = false)]
async fn a_run_that_cannot_be_told_from_others_waits_for_a_person(pool: PgPool) {
    let (ground, github, repo) = with_workflow(&pool, UNNAMED).await;
    end_after_dispatch(&ground, &github, &repo).await;
    assert_eq!(ground.commands.send_effects().await.unwrap().dead, 1);
    let effect = ground.effect("drive:1:deploy").await;
    let words = effect.last_error.unwrap();
    assert!(
        words.contains("run-name: … ${{ inputs.fairway_delivery }}"),
        "{words}"
    );
    assert_eq!(repo.dispatched_runs().len(), 1, "nothing was made meanwhile");
    ground
        .commands
        .replay_effect(&operator(), effect.id)
        .await
        .unwrap();
    assert_eq!(ground.commands.send_effects().await.unwrap().sent, 1);
    assert_eq!(repo.dispatched_runs().len(), 2, "the person said so");
}

#[sqlx::test(migrations = false)]
async fn a_failure_before_the_run_is_tried_again(pool: PgPool) {
    let (ground, github, repo) = with_workflow(&pool, NAMED).await;
    github.fail_next(Failure::Status(503));
    assert_eq!(ground.commands.send_effects().await.unwrap().again, 1);
    ground.hands.advance(TimeDelta::seconds(15));
    assert_eq!(ground.commands.send_effects().await.unwrap().sent, 1);
    assert_eq!(repo.dispatched_runs().len(), 1);
    let looked = github
        .requests()
        .iter()
        .any(|asked| asked.contains("/runs?event="));
    assert!(looked, "it looked before it asked again");
}

#[sqlx::test(migrations = false)]
async fn a_rate_limit_is_waited_out_and_is_no_try(pool: PgPool) {
    let (ground, github, repo) = with_workflow(&pool, NAMED).await;
    github.fail_next(Failure::SecondaryLimit { retry_after: 30 });
    assert_eq!(ground.commands.send_effects().await.unwrap().again, 1);
    let effect = ground.effect("drive:1:deploy").await;
    assert_eq!((effect.attempts, effect.state), (0, EffectState::Waiting));
    assert!(effect.last_error.unwrap().contains("rate limit"));
    assert!(repo.dispatched_runs().is_empty());
}

#[sqlx::test(migrations = false)]
async fn what_github_refuses_is_dead_with_its_words(pool: PgPool) {
    let undeclared = NAMED.replace("      target:\n", "");
    let (ground, _github, repo) = with_workflow(&pool, &undeclared).await;
    assert_eq!(ground.commands.send_effects().await.unwrap().dead, 1);
    let words = ground.effect("drive:1:deploy").await.last_error.unwrap();
    assert!(
        words.contains("Unexpected inputs provided: [\"target\"]"),
        "{words}"
    );
    assert!(repo.dispatched_runs().is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_workflow_that_is_not_there_is_dead_and_says_which(pool: PgPool) {
    let (ground, _github, repo) = with_workflow(&pool, NAMED).await;
    repo.commit(NewCommit::new("Rename").without(".github/workflows/deploy.yml"));
    assert_eq!(ground.commands.send_effects().await.unwrap().dead, 1);
    let words = ground.effect("drive:1:deploy").await.last_error.unwrap();
    assert!(words.contains("workflows/deploy.yml"), "{words}");
}
