//! Drives are shown at GitHub, once whatever repeats, and come back from there as themselves.

use std::time::Duration;

use integrations::github::{AppKey, GithubClient, GithubConfig, facts};
use serde_json::json;
use tests::fakes::github::{Delivery, Failure, FakeGithub, NewCommit, NewDeployment, RepoHandle, Run, World};

use super::*;
use crate::harness::count;

/// Longer than the fake takes, shorter than a test waits for an answer that is lost.
const TIMEOUT: Duration = Duration::from_secs(1);

const WORKFLOW: &str = "name: Deploy
run-name: ${{ inputs.act }} (${{ inputs.fairway_delivery }})
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      fairway_delivery:
";

/// The shop whose code is at a GitHub, with two commits there, of which the first is deployed and good.
struct Shown {
    shop: Shop,
    github: FakeGithub,
    repo: RepoHandle,
    commits: [String; 2],
    receiver: FakeReceiver,
}

impl Shown {
    /// Seen as the App, or with a plain token; deploys are carried out by a webhook.
    async fn new(pool: &PgPool, as_app: bool) -> Self {
        let github = FakeGithub::start().await;
        let repo = github.act_as("ada").repo("acme/shop");
        let commits = ["Start", "Pay"].map(|title| {
            repo.commit(
                NewCommit::new(title)
                    .file("a", title)
                    .file(".github/workflows/deploy.yml", WORKFLOW),
            )
        });
        let client = GithubClient::new(GithubConfig {
            base_url: github.base_url(),
            token: (!as_app).then(|| FakeGithub::TOKEN.into()),
            timeout: TIMEOUT,
        });
        let mut client = client.unwrap();
        if as_app {
            let rights = ["metadata", "contents", "deployments", "checks"];
            github.install("acme", &rights.map(|right| (right, "write")));
            client = client.with_app(AppKey::parse(World::APP, &github.make_app().into()).unwrap());
        }
        let mut shop = Shop::without_release(pool, github.now()).await;
        shop.commands = shop.commands.with_github(client);
        let clock = shop.clock.clone();
        let receiver = FakeReceiver::start(SECRET, move || clock.now().timestamp()).await;
        let mut shown = Self {
            shop,
            github,
            repo,
            commits,
            receiver,
        };
        shown.hear().await;
        shown.shop.clock.forward(TimeDelta::minutes(10));
        shown.shop.first = shown.report_first().await;
        shown.shop = shown.shop.carried_out_by(&shown.receiver).await;
        shown
    }

    async fn report_first(&self) -> DeployId {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(self.commits[0].clone()),
            digest: Some(digest(1)),
            version: Some("1.1.0".into()),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let commands = &self.shop.commands;
        let new = NewDeploy::parse(raw, commands.now()).unwrap();
        let id = commands.report_deploy(&by(), new).await.unwrap().id;
        commands.derive_service(self.shop.service).await.unwrap();
        id
    }

    /// Takes in what GitHub says.
    async fn hear(&self) -> Vec<Delivery> {
        let deliveries = self.github.take_deliveries();
        self.hear_all(&deliveries).await;
        deliveries
    }

    async fn hear_all(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            if let Some(observation) = facts(&delivery.event, &delivery.body).unwrap() {
                let commands = &self.shop.commands;
                commands.observe(&observation, "github").await.unwrap();
            }
        }
    }

    /// Sends what waits, until nothing does.
    async fn send(&self) {
        for _ in 0..30 {
            self.shop.commands.send_effects().await.unwrap();
            let waiting = "select count(*) from outbox where state = 'waiting'";
            if count(&self.shop.pool, waiting).await == 0 {
                return;
            }
            self.shop.clock.forward(TimeDelta::seconds(20));
        }
        panic!("something is never sent");
    }

    async fn ask(&self) -> DeployId {
        let sha = self.commits[1].clone();
        self.shop.ask(2, |raw| raw.deploy.sha = Some(sha)).await
    }

    /// Lets all go well until it ends, and has `between` happen before what each phase wants is sent.
    async fn finish(&self, deploy: DeployId, mut between: impl FnMut(usize)) -> (End, Vec<Delivery>) {
        let mut heard = Vec::new();
        for phase in 0..20 {
            let standing = self.shop.settle(deploy).await;
            between(phase);
            self.send().await;
            heard.extend(self.hear().await);
            match standing {
                Standing::Ended(end) => return (end, heard),
                Standing::At(place) => {
                    assert!(self.shop.say_well(deploy).await, "{place:?} waits for nobody");
                }
            }
        }
        panic!("it never ended");
    }

    fn words_of(&self, deployment: i64) -> Vec<String> {
        let statuses = self.repo.statuses_of(deployment).into_iter();
        statuses.map(|(word, _)| word).collect()
    }

    /// The one deployment at GitHub.
    fn deployment(&self) -> i64 {
        let all = self.repo.deployments();
        let [(id, _)] = all[..] else {
            panic!("one deployment: {all:?}");
        };
        id
    }

    /// Which deploy a deployment at GitHub is part of.
    async fn part_of(&self, deployment: i64) -> Option<DeployId> {
        let id: Option<Uuid> =
            sqlx::query_scalar("select deploy_id from github_deployments where github_id = $1")
                .bind(deployment)
                .fetch_one(&self.shop.pool)
                .await
                .unwrap();
        id.map(Into::into)
    }

    async fn deploys(&self) -> i64 {
        count(&self.shop.pool, "select count(*) from deploys").await
    }
}

const WELL: [&str; 5] = ["pending", "pending", "in_progress", "in_progress", "success"];

#[sqlx::test(migrations = false)]
async fn a_drive_is_a_deployment_with_statuses_and_a_status_of_its_commit(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let deploy = shown.ask().await;
    let (end, heard) = shown.finish(deploy, |_| {}).await;
    assert_eq!(end, End::Succeeded);
    let deployment = shown.deployment();
    assert_eq!(
        shown.repo.deployed(deployment),
        (shown.commits[1].clone(), "production".to_owned())
    );
    assert_eq!(shown.words_of(deployment), WELL);
    let page = format!("https://fairway.example/deploys/{deploy}");
    let statuses = shown.repo.statuses_of(deployment);
    assert!(
        statuses.iter().all(|(_, url)| url.starts_with(&page)),
        "{statuses:?}"
    );
    let commit = shown.github.commit_statuses();
    let words: Vec<&str> = commit.iter().map(|status| &*status.state).collect();
    assert_eq!(words, ["pending", "pending", "pending", "pending", "success"]);
    for status in &commit {
        assert_eq!(
            (&*status.context, &status.sha),
            ("Fairway / deploy", &shown.commits[1])
        );
        assert!(status.target_url.starts_with(&page), "{status:?}");
    }
    assert!(
        commit[4].description.starts_with("1.2.0 to production: "),
        "{commit:?}"
    );

    // What comes back from there is the drive itself, however often and in whatever order it comes.
    let backwards: Vec<Delivery> = heard.iter().rev().cloned().collect();
    for deliveries in [&heard, &backwards] {
        shown.hear_all(deliveries).await;
        shown
            .shop
            .commands
            .derive_service(shown.shop.service)
            .await
            .unwrap();
        shown.send().await;
    }
    assert_eq!(shown.part_of(deployment).await, Some(deploy));
    assert_eq!(shown.deploys().await, 2, "the first, and the drive");
    let told = "select count(*) from deploy_events where part not in ('api', 'drive')";
    assert_eq!(count(&pool, told).await, 0, "the drive says itself how it goes");
    assert_eq!(shown.words_of(deployment), WELL);
    assert_eq!(shown.github.commit_statuses().len(), 5);
    assert!(shown.github.check_runs().is_empty(), "only an App makes those");
}

#[sqlx::test(migrations = false)]
async fn an_app_makes_one_check_run_and_changes_it(pool: PgPool) {
    let shown = Shown::new(&pool, true).await;
    let deploy = shown.ask().await;
    shown.shop.settle(deploy).await;
    shown.send().await;
    // The process ended before it noted what it had made.
    sqlx::raw_sql(
        "update drive_showings set check_run_id = null, check_key = null, deployment_id = null, deployment_key = null;
         update outbox set state = 'waiting', unsure_since = created_at, attempts = 1, done_at = null where kind = 'show';",
    )
    .execute(&pool)
    .await
    .unwrap();
    shown.send().await;
    assert_eq!(
        shown.repo.deployments().len(),
        1,
        "the one that was made is found"
    );
    let (end, _) = shown.finish(deploy, |_| {}).await;
    assert_eq!(end, End::Succeeded);
    let runs = shown.github.check_runs();
    let [run] = &runs[..] else {
        panic!("one check run: {runs:?}");
    };
    assert_eq!((&*run.name, &run.sha), ("Fairway / deploy", &shown.commits[1]));
    assert_eq!(
        (&*run.status, run.conclusion.as_deref()),
        ("completed", Some("success"))
    );
    assert_eq!(run.external_id, deploy.to_string());
    assert_eq!(
        run.details_url,
        format!("https://fairway.example/deploys/{deploy}")
    );
    assert!(run.title.ends_with("Deployed, watched and good"), "{run:?}");
    assert_eq!(shown.words_of(shown.deployment()), WELL);
    assert!(shown.github.commit_statuses().is_empty());
}

#[sqlx::test(migrations = false)]
async fn what_nobody_heard_the_end_of_is_looked_for_and_not_made_again(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let deploy = shown.ask().await;
    // Of the first phase the deployment's answer is lost, then a status's, then a commit's; later others.
    let (end, _) = shown
        .finish(deploy, |phase| {
            for _ in 0..phase % 2 {
                shown.github.fail_next(Failure::Slow(Duration::ZERO));
            }
            shown.github.fail_next(Failure::LostAnswer);
        })
        .await;
    assert_eq!(end, End::Succeeded);
    assert_eq!(shown.words_of(shown.deployment()), WELL);
    assert_eq!(shown.github.commit_statuses().len(), 5);
    assert_eq!(shown.deploys().await, 2);
}

#[sqlx::test(migrations = false)]
async fn what_a_dispatched_run_deploys_is_the_drive_and_shows_how_it_goes(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let raw = RawExecutor {
        kind: "github_actions".into(),
        repository: "acme/shop".into(),
        workflow: "deploy.yml".into(),
        inputs: "act={act}\nkey={key}".into(),
        ..RawExecutor::default()
    };
    let at = ("shop", "production");
    shown.shop.commands.set_executor(&by(), at, &raw).await.unwrap();
    let deploy = shown.ask().await;
    shown.shop.bring(deploy, Phase::Deploy, 0).await;
    shown.send().await;
    assert!(shown.repo.deployments().is_empty(), "the run makes it");
    let runs = shown.repo.dispatched_runs();
    let run: &Run = runs.last().unwrap();
    assert_eq!(run.inputs["act"], "deploy");
    let deployment = shown.repo.deploy("production", &shown.commits[1], Some(run));
    shown.repo.set_status(deployment, "in_progress");
    shown.hear().await;
    assert_eq!(shown.part_of(deployment).await, Some(deploy));
    assert_eq!(shown.finish(deploy, |_| {}).await.0, End::Succeeded);
    assert_eq!(
        shown.words_of(shown.deployment()),
        ["in_progress", "in_progress", "success"]
    );
    assert_eq!(shown.deploys().await, 2);
}

#[sqlx::test(migrations = false)]
async fn what_came_before_its_run_was_known_joins_the_drive_later(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let run = shown.repo.start_run("deploy", &shown.commits[1]);
    let deployment = shown.repo.deploy("production", &shown.commits[1], Some(&run));
    shown.hear().await;
    let observed = shown.part_of(deployment).await.unwrap();
    let deploy = shown.ask().await;
    assert_eq!(shown.deploys().await, 3);
    sqlx::query("insert into drive_runs (run_id, deploy_id) values ($1, $2)")
        .bind(run.id)
        .bind(deploy.0)
        .execute(&pool)
        .await
        .unwrap();
    shown.repo.set_status(deployment, "success");
    shown.hear().await;
    assert_eq!(shown.part_of(deployment).await, Some(deploy));
    assert_ne!(observed, deploy);
    assert_eq!(shown.deploys().await, 2, "what it was before is gone");
}

#[sqlx::test(migrations = false)]
async fn a_rollback_fails_one_deployment_and_is_another(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let bad = shown.ask().await;
    let place = shown.shop.bring(bad, Phase::Verify, 0).await;
    shown.send().await;
    assert!(shown.shop.judge(bad, &place, fail()).await);
    shown.shop.settle(bad).await;
    let undoing = shown.shop.detail(bad).await.undone_by.unwrap();
    assert_eq!(shown.finish(undoing, |_| {}).await.0, End::Succeeded);
    shown.shop.settle(bad).await;
    shown.send().await;
    let all: Vec<i64> = shown.repo.deployments().into_iter().map(|(id, _)| id).collect();
    let [first, second] = all[..] else {
        panic!("two deployments: {all:?}");
    };
    assert_eq!(shown.words_of(first).last().unwrap(), "failure");
    assert_eq!(shown.repo.deployed(second).0, shown.commits[0]);
    assert_eq!(shown.words_of(second).last().unwrap(), "success");
    shown.hear().await;
    assert_eq!(
        (shown.part_of(first).await, shown.part_of(second).await),
        (Some(bad), Some(undoing))
    );
    assert_eq!(shown.deploys().await, 3);
}

#[sqlx::test(migrations = false)]
async fn what_github_does_not_let_show_holds_nothing_up_and_a_name_alone_is_no_drive(pool: PgPool) {
    let shown = Shown::new(&pool, false).await;
    let deploy = shown
        .shop
        .ask(2, |raw| raw.deploy.sha = Some("f".repeat(40)))
        .await;
    assert_eq!(shown.finish(deploy, |_| {}).await.0, End::Succeeded);
    assert!(shown.repo.deployments().is_empty());
    let said = "select count(*) from outbox where kind = 'show' and outcome #>> '{not_shown,0}' like '%No ref found%'";
    assert!(count(&pool, said).await > 0);
    assert_eq!(
        count(&pool, "select count(*) from outbox where state = 'dead'").await,
        0
    );

    let claimed = NewDeployment::new("production", &shown.commits[1])
        .payload(json!({ "fairway_deploy": deploy.to_string() }));
    let deployment = shown.repo.deploy_with(claimed);
    shown.hear().await;
    let own = shown.part_of(deployment).await.unwrap();
    assert_ne!(own, deploy, "it is another commit");
    assert_eq!(shown.deploys().await, 3);
}
