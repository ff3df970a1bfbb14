//! Deploys that workflows of GitHub Actions carry out in an environment of their own: what GitHub tells of such a run is the
//! drive's.

use std::time::Duration;

use chrono::TimeDelta;
use commands::Clock;
use domain::{
    deploys::drive::{End, Phase, Standing},
    executors::RawExecutor,
    ids::DeployId,
};
use integrations::github::{GithubClient, GithubConfig, facts};
use sqlx::PgPool;
use tests::fakes::github::{Delivery, Failure, FakeGithub, NewCommit, RepoHandle, Run};

use super::{Shop, as_it_is, by};

const WORKFLOW: &str = "name: Deploy
run-name: ${{ inputs.act }} (${{ inputs.fairway_delivery }})
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      commit:
      fairway_delivery:
";

/// Its runs say nothing of what dispatched them.
const UNNAMED: &str = "name: Deploy
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      commit:
      fairway_delivery:
";

/// A shop whose deploys to production a workflow carries out, with `environment: production` in its job.
struct Actions {
    shop: Shop,
    github: FakeGithub,
    repo: RepoHandle,
}

impl Actions {
    async fn open(pool: &PgPool) -> Self {
        Self::with_workflow(pool, WORKFLOW).await
    }

    async fn with_workflow(pool: &PgPool, text: &str) -> Self {
        let github = FakeGithub::start().await;
        let repo = github.act_as("ada").repo("acme/shop");
        repo.commit(NewCommit::new("Start").file(".github/workflows/deploy.yml", text));
        let mut shop = Shop::open_at(pool, github.now()).await;
        let client = GithubClient::new(GithubConfig {
            base_url: github.base_url(),
            token: Some(FakeGithub::TOKEN.into()),
            timeout: Duration::from_secs(5),
        });
        shop.commands = shop
            .commands
            .with_outward(super::outward())
            .with_github(client.unwrap());
        let raw = RawExecutor {
            kind: "github_actions".into(),
            repository: "acme/shop".into(),
            workflow: "deploy.yml".into(),
            inputs: "act={act}\nkey={key}\ncommit={commit}".into(),
            ..RawExecutor::default()
        };
        let at = ("shop", "production");
        shop.commands.set_executor(&by(), at, &raw).await.unwrap();
        Self { shop, github, repo }
    }

    /// A deploy that is ordered, and not sent yet.
    async fn ordered(&self) -> DeployId {
        let deploy = self.shop.ask(2, as_it_is).await;
        self.shop.bring(deploy, Phase::Deploy, 0).await;
        self.on_time();
        deploy
    }

    /// GitHub's clock goes as the shop's does.
    fn on_time(&self) {
        self.github.at(self.shop.clock.now() + TimeDelta::seconds(1));
        self.shop.clock.forward(TimeDelta::minutes(1));
    }

    async fn send(&self) {
        self.shop.commands.take_approval_outcomes().await.unwrap();
        self.shop.commands.send_effects().await.unwrap();
    }

    /// Sends, and ends once GitHub has made a run but before anybody hears of it.
    async fn end_after_dispatch(&self) {
        // Nothing else asks GitHub meanwhile: the answer that is lost is the dispatch's.
        sqlx::query("delete from outbox where kind = 'show'")
            .execute(&self.shop.pool)
            .await
            .unwrap();
        self.github.fail_next(Failure::LostAnswer);
        let process = self.shop.commands.clone();
        let sending = tokio::spawn(async move { process.send_effects().await });
        while self.repo.dispatched_runs().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
    }

    /// The newest run that was dispatched.
    fn run(&self) -> Run {
        self.repo.dispatched_runs().pop().unwrap()
    }

    /// The run's job goes through the environment as a job does that succeeds.
    fn deploys(&self, run: &Run) {
        let deployment = self.repo.deploy("production", &run.sha, Some(run));
        for word in ["in_progress", "success"] {
            self.repo.set_status(deployment, word);
        }
    }

    async fn hear(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            if let Some(observation) = facts(&delivery.event, &delivery.body).unwrap() {
                self.shop.commands.observe(&observation, "github").await.unwrap();
            }
        }
        self.shop
            .commands
            .derive_service(self.shop.service)
            .await
            .unwrap();
    }

    async fn hear_all(&self) {
        self.hear(&self.github.take_deliveries()).await;
    }

    async fn count(&self, what: &str) -> i64 {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {what}"));
        sqlx::query_scalar(query)
            .fetch_one(&self.shop.pool)
            .await
            .unwrap()
    }

    /// What runs were told finally.
    fn told(&self) -> Vec<String> {
        let told = self.github.told().into_iter();
        told.filter_map(|told| told.state).collect()
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_the_run_of_an_order_deploys_is_the_drive_itself(pool: PgPool) {
    let it = Actions::open(&pool).await;
    let deploy = it.ordered().await;
    it.send().await;
    it.deploys(&it.run());
    it.hear_all().await;
    let standing = it.shop.settle(deploy).await;
    let place = standing.place().expect("nothing took its place");
    assert_eq!(
        place.phase,
        Phase::Deploy,
        "the executor's report is awaited still"
    );
    assert_eq!(it.count("deploys").await, 2, "the first, and the drive");
    let of: Option<DeployId> =
        sqlx::query_scalar::<_, Option<uuid::Uuid>>("select deploy_id from github_deployments")
            .fetch_one(&pool)
            .await
            .unwrap()
            .map(DeployId);
    assert_eq!(of, Some(deploy));
    assert_eq!(it.shop.finish(deploy).await, End::Succeeded);
    it.shop.commands.derive_service(it.shop.service).await.unwrap();
    assert_eq!(it.count("deploys where counted").await, 2, "each once");
    assert_eq!(it.count("deploys where kind = 'retry'").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_run_that_nobody_heard_of_supersedes_nothing_and_is_known_by_its_name(pool: PgPool) {
    let it = Actions::open(&pool).await;
    let deploy = it.ordered().await;
    it.end_after_dispatch().await;
    it.deploys(&it.run());
    let (runs, deployments): (Vec<Delivery>, Vec<Delivery>) = it
        .github
        .take_deliveries()
        .into_iter()
        .partition(|delivery| delivery.event == "workflow_run");
    it.hear(&deployments).await;
    assert_eq!(it.count("deploys").await, 3, "nobody knows yet whose the run is");
    let standing = it.shop.settle(deploy).await;
    assert!(
        standing.is_open(),
        "it is not known whether its own order arrived"
    );
    it.hear(&runs).await;
    assert_eq!(it.count("deploys").await, 2);
    assert_eq!(it.shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_protection_rule_asks_nobody_about_what_a_drive_ordered(pool: PgPool) {
    let it = Actions::open(&pool).await;
    let deploy = it.ordered().await;
    it.send().await;
    let run = it.run();
    it.repo.wait_for_rule("production", &run, &it.github.base_url());
    it.hear_all().await;
    it.send().await;
    assert_eq!(it.told(), ["approved"]);
    assert_eq!(it.count("approval_requests").await, 1, "the drive's");
    let drive = it.shop.drive(deploy).await;
    let place = *drive.standing.place().unwrap();
    it.shop.report(&drive, &place, "failed").await;
    assert_eq!(it.shop.settle(deploy).await, Standing::Ended(End::Failed));
    it.repo.wait_for_rule("production", &run, &it.github.base_url());
    it.hear_all().await;
    it.send().await;
    assert_eq!(
        it.told(),
        ["approved", "rejected"],
        "what has ended goes no further"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_run_that_was_called_off_before_its_job_goes_no_further_and_the_one_that_stops_it_does(
    pool: PgPool,
) {
    let it = Actions::open(&pool).await;
    let deploy = it.ordered().await;
    it.send().await;
    let run = it.run();
    let why = "wrong branch";
    it.shop.commands.cancel_drive(&by(), deploy, why).await.unwrap();
    it.on_time();
    it.send().await;
    let stop = it.run();
    assert_eq!(
        [&run, &stop].map(|run| run.inputs["act"].as_str()),
        [Some("deploy"), Some("stop")]
    );
    for run in [&run, &stop] {
        it.repo.wait_for_rule("production", run, &it.github.base_url());
    }
    it.hear_all().await;
    it.send().await;
    let told = it.github.told().into_iter();
    let mut told: Vec<(i64, String)> = told.filter_map(|told| Some((told.run, told.state?))).collect();
    told.sort_unstable();
    let mut expected = [(run.id, "rejected".to_owned()), (stop.id, "approved".to_owned())];
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert_eq!(it.count("deploys").await, 2, "the stop is no deploy of its own");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_rule_that_was_asked_before_the_run_was_known_is_answered_by_the_drive(pool: PgPool) {
    let it = Actions::open(&pool).await;
    it.ordered().await;
    it.end_after_dispatch().await;
    it.repo
        .wait_for_rule("production", &it.run(), &it.github.base_url());
    let (runs, rest): (Vec<Delivery>, Vec<Delivery>) = it
        .github
        .take_deliveries()
        .into_iter()
        .partition(|delivery| delivery.event == "workflow_run");
    it.hear(&rest).await;
    assert_eq!(it.count("approval_requests where state = 'pending'").await, 1);
    it.hear(&runs).await;
    it.send().await;
    assert_eq!(it.told(), ["approved"]);
    assert_eq!(it.count("approval_requests where state = 'pending'").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_somebody_runs_again_later_is_a_deploy_of_its_own(pool: PgPool) {
    let it = Actions::open(&pool).await;
    let deploy = it.ordered().await;
    it.send().await;
    let run = it.run();
    it.deploys(&run);
    it.hear_all().await;
    assert_eq!(it.shop.finish(deploy).await, End::Succeeded);
    it.shop.clock.forward(TimeDelta::hours(1));
    it.on_time();
    it.repo.finish_run(&run, "success");
    let again = it.repo.rerun(&run);
    it.deploys(&again);
    it.hear_all().await;
    assert_eq!(it.count("deploys").await, 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_may_have_arrived_holds_its_drive_until_a_person_looked(pool: PgPool) {
    let it = Actions::with_workflow(&pool, UNNAMED).await;
    let deploy = it.ordered().await;
    it.end_after_dispatch().await;
    it.shop.clock.forward(TimeDelta::minutes(3));
    assert_eq!(it.shop.commands.send_effects().await.unwrap().dead, 1);
    let standing = it.shop.settle(deploy).await;
    let place = standing.place().expect("it may be deployed at this moment");
    assert_eq!(place.phase, Phase::Deploy);
    assert_eq!(
        it.shop.holder().await,
        Some(deploy.0),
        "nobody else deploys there"
    );
    let why = it.shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("Look, and replay it where none is"), "{why}");
    let told =
        "outbox where kind = 'tell' and effect_key like '%:doubtful' and payload->>'topic' = 'deploy_waits'";
    assert_eq!(it.count(told).await, 1);

    let dead: uuid::Uuid = sqlx::query_scalar("select id from outbox where state = 'dead'")
        .fetch_one(&pool)
        .await
        .unwrap();
    it.shop.commands.replay_effect(&by(), dead.into()).await.unwrap();
    it.send().await;
    assert_eq!(it.repo.dispatched_runs().len(), 2, "a person found none");
    assert_eq!(it.shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn silence_ends_a_drive_whose_order_may_have_arrived(pool: PgPool) {
    let it = Actions::with_workflow(&pool, UNNAMED).await;
    let deploy = it.ordered().await;
    it.end_after_dispatch().await;
    it.shop.clock.forward(TimeDelta::minutes(3));
    it.send().await;
    assert!(it.shop.settle(deploy).await.is_open());
    it.shop.clock.forward(TimeDelta::minutes(61));
    assert_eq!(it.shop.settle(deploy).await, Standing::Ended(End::Lost));
}
