//! What waits outside is held to the environments upstream as what Fairway drives is.

use domain::{
    approvals::{NewStep, RawStep},
    deploys::report::{NewDeploy, RawDeploy, RawPhase},
    ids::GateId,
};

use super::*;

impl Ground {
    async fn deployed(&self, environment: &str, sha: &str) {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: environment.into(),
            sha: Some(sha.to_owned()),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let new = NewDeploy::parse(raw, self.commands.now()).unwrap();
        self.commands.report_deploy(&operator(), new).await.unwrap();
    }

    /// Production comes after staging, and another release runs in both.
    async fn staging_first(&self) {
        for environment in ["staging", "production"] {
            self.deployed(environment, &"0".repeat(40)).await;
        }
        let staging = ["staging".to_owned()];
        self.commands
            .set_upstreams(&operator(), "production", &staging, "nobody tests in production")
            .await
            .unwrap();
    }

    async fn asks(&self, sha: &str, job: &str) -> GateId {
        self.hands.advance(TimeDelta::seconds(1));
        let step = RawStep {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(sha.to_owned()),
            run_id: 71,
            job: job.to_owned(),
            ..RawStep::default()
        };
        let step = NewStep::parse(step, self.commands.now()).unwrap();
        self.commands.open_step(&operator(), step).await.unwrap().id
    }

    async fn refused(&self) -> String {
        match self.decide(Verdict::Approve).await {
            Err(CommandError::Conflict { why } | CommandError::Denied { why }) => why,
            other => panic!("it should be refused: {other:?}"),
        }
    }

    async fn goes(&self, gate: GateId) -> bool {
        self.commands.step_standing(&operator(), gate).await.unwrap().goes
    }
}

#[sqlx::test(migrations = false)]
async fn a_step_is_approved_only_after_staging_or_by_breaking_the_glass(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    ground.staging_first().await;
    let sha = "a".repeat(40);
    let early = ground.asks(&sha, "deploy").await;
    let why = ground.refused().await;
    assert!(
        why.contains("staging") && why.contains("break the glass"),
        "{why}"
    );
    assert!(!why.contains("say why"), "nothing is waived here: {why}");
    assert!(!ground.goes(early).await);

    ground.deployed("staging", &sha).await;
    let gate = ground.asks(&sha, "deploy again").await;
    assert_eq!(ground.count("approval_requests where state = 'void'").await, 1);
    ground.decide(Verdict::Approve).await.unwrap();
    assert!(ground.goes(gate).await && !ground.goes(early).await);

    let other = ground.asks(&"b".repeat(40), "deploy another").await;
    ground.refused().await;
    let new = NewAccount::parse("lena", "lena@fairway.example").unwrap();
    let grants = vec![NewGrant::whole(Role::Admin)];
    let admin = ground.commands.add_demo_person(&operator(), new, grants).await;
    let admin = ground.commands.viewer(admin.unwrap()).await.unwrap().unwrap();
    let (id, _) = ground.request().await;
    ground
        .commands
        .break_glass(&admin, id, "staging is down and customers wait")
        .await
        .unwrap();
    assert!(ground.goes(other).await, "it is recorded, and reviewed");
}

#[sqlx::test(migrations = false)]
async fn a_run_at_github_is_approved_only_after_staging(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    ground.staging_first().await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    ground.hear().await;
    let why = ground.refused().await;
    assert!(why.contains("staging"), "{why}");
}
