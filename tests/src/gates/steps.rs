//! Steps of workflows at the API: who may ask, that asking twice is asking once, and waiting for the answer.

mod typed;

use std::time::Instant;

use domain::{
    actor::Scope,
    approvals::{Facts, GateKind, NewApproval, NewGate},
    tokens::{NewServiceAccount, NewToken, RawTrust, Reach, SECRET_BYTES, TrustTerms},
};
use integrations::actions::ActionsTokens;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tests::fakes::issuer::FakeIssuer;

use super::*;
use crate::harness::{App, client};

/// A server with the service `shop`, and a token that may report and ask for deploys, and nothing else.
pub(super) struct Server {
    pub app: App,
    pub pool: PgPool,
    pub secret: String,
    approver: Viewer,
}

impl Server {
    pub async fn start(pool: &PgPool) -> Self {
        Self::of(App::start(pool.clone(), &[]).await, pool).await
    }

    async fn of(app: App, pool: &PgPool) -> Self {
        register(&app.commands, "shop").await;
        let approver = approver(&app.commands, pool, "eve").await;
        let secret = token(&app, Scope::DeploysWrite, 7).await;
        Self {
            app,
            pool: pool.clone(),
            secret,
            approver,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, self.app.url(&format!("/api/v1{path}")));
        request.bearer_auth(&self.secret)
    }

    async fn ask(&self, body: &Value) -> (StatusCode, Value) {
        answered(self.request(Method::POST, "/gates").json(body)).await
    }

    async fn look(&self, gate: &Value, query: &str) -> (StatusCode, Value) {
        let path = format!("/gates/{}{query}", gate["id"].as_str().unwrap());
        answered(self.request(Method::GET, &path)).await
    }

    pub async fn decide(&self, gate: &Value, verdict: Verdict) -> Result<(), CommandError> {
        let id: Uuid = gate["request"].as_str().unwrap().parse().unwrap();
        let binding: Vec<u8> = sqlx::query_scalar("select binding from approval_requests where id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        let new = NewDecision {
            verdict,
            reason: Some("I have looked at it".to_owned()),
            binding: domain::approvals::Binding::of_bytes(&binding).unwrap(),
        };
        let commands = &self.app.commands;
        commands
            .decide(&self.approver, ApprovalId(id), &new)
            .await
            .map(drop)
    }
}

async fn answered(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

/// A token of a service account of its own.
async fn token(app: &App, scope: Scope, seed: u8) -> String {
    let account = NewServiceAccount::parse(&format!("ci-{seed}"), "Asks", "developer", "").unwrap();
    let account = app
        .commands
        .create_service_account(&operator(), account)
        .await
        .unwrap();
    let new = NewToken {
        name: "CI".into(),
        scopes: vec![scope],
        reach: Reach::default(),
        owner: Some(account.into()),
        expires_at: app.commands.now() + TimeDelta::days(1),
    };
    let made = app
        .commands
        .create_token(&operator(), new, [seed; SECRET_BYTES])
        .await;
    made.unwrap().1
}

fn step(job: &str) -> Value {
    json!({
        "service": "shop", "environment": "production", "sha": "a".repeat(40), "version": "1.4.2", "run_id": 71, "job": job,
    })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_step_that_asks_twice_waits_once_and_goes_when_people_say_so(pool: PgPool) {
    let server = Server::start(&pool).await;
    let (status, gate) = server.ask(&step("deploy")).await;
    assert_eq!(status, StatusCode::CREATED, "{gate}");
    assert_eq!(
        (&gate["goes"], &gate["state"]),
        (&json!(false), &json!("pending"))
    );
    let (status, again) = server.ask(&step("deploy")).await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &gate["id"]));
    let mut other = step("deploy");
    other["sha"] = "b".repeat(40).into();
    assert_eq!(
        server.ask(&other).await.0,
        StatusCode::CONFLICT,
        "another release"
    );

    server.decide(&gate, Verdict::Approve).await.unwrap();
    for _ in 0..2 {
        let (status, gone) = server.look(&gate, "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&gone["goes"], &gone["state"]),
            (&json!(true), &json!("approved"))
        );
    }
    let (_, late) = server.ask(&step("after")).await;
    assert_eq!(late["goes"], true, "the release is approved");
    assert_eq!(late["request"], gate["request"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_question_waits_for_the_answer_and_no_longer(pool: PgPool) {
    let server = Server::start(&pool).await;
    let (_, gate) = server.ask(&step("deploy")).await;
    let began = Instant::now();
    let (status, waits) = server.look(&gate, "?wait=1").await;
    assert_eq!((status, &waits["state"]), (StatusCode::OK, &json!("pending")));
    assert!(began.elapsed() >= Duration::from_secs(1));
    let began = Instant::now();
    let decided = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.decide(&gate, Verdict::Reject).await.unwrap();
    };
    let ((status, over), ()) = tokio::join!(server.look(&gate, "?wait=25"), decided);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&over["goes"], &over["state"]),
        (&json!(false), &json!("rejected"))
    );
    assert_eq!(over["why"], "I have looked at it");
    assert!(began.elapsed() < Duration::from_secs(20));
    let (status, problem) = server.look(&gate, "?wait=26").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "wait");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn sixty_four_jobs_are_one_request(pool: PgPool) {
    let server = Server::start(&pool).await;
    let steps: Vec<Value> = (0..64)
        .map(|number| step(&format!("deploy ({number})")))
        .collect();
    let asked = steps.iter().map(|step| server.ask(step));
    let gates: Vec<(StatusCode, Value)> = futures::future::join_all(asked).await;
    assert!(
        gates.iter().all(|(status, _)| *status == StatusCode::CREATED),
        "{gates:?}"
    );
    let requests: i64 = sqlx::query_scalar("select count(*) from approval_requests")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(requests, 1);
    server.decide(&gates[0].1, Verdict::Approve).await.unwrap();
    for (_, gate) in &gates {
        assert_eq!(server.look(gate, "").await.1["goes"], true, "{gate}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_decided_in_time_is_no_approval(pool: PgPool) {
    let server = Server::start(&pool).await;
    let (_, gate) = server.ask(&step("deploy")).await;
    let later = server.app.commands.ago(TimeDelta::days(-91));
    assert_eq!(later.expire_due().await.unwrap(), 1);
    let (_, over) = server.look(&gate, "?wait=25").await;
    assert_eq!(
        (&over["goes"], &over["state"]),
        (&json!(false), &json!("expired"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_who_may_ask_for_deploys_asks_and_only_steps_are_let_go(pool: PgPool) {
    let mut server = Server::start(&pool).await;
    let (_, gate) = server.ask(&step("deploy")).await;
    let held = NewApproval {
        release: BoundRelease {
            service: sqlx::query_scalar("select id from services")
                .fetch_one(&pool)
                .await
                .map(ServiceId)
                .unwrap(),
            environment: sqlx::query_scalar("select id from environments where name = 'production'")
                .fetch_one(&pool)
                .await
                .map(EnvironmentId)
                .unwrap(),
            sha: Some("a".repeat(40)),
            digest: None,
            config: None,
            terraform_plan: None,
            terms: None,
        },
        version: None,
        kind: None,
        initiators: Vec::new(),
        run: None,
        course: None,
        is_typed: false,
        facts: Facts::default(),
        gate: NewGate {
            kind: GateKind::Github,
            key: "github:1/1/production".to_owned(),
            details: json!({}),
        },
    };
    let opened = server
        .app
        .commands
        .open_request(&operator(), &held)
        .await
        .unwrap();
    assert!(!opened.is_new);
    let other: Uuid = sqlx::query_scalar("select id from approval_gates where kind = 'github'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let (status, _) = server.look(&json!({ "id": other.to_string() }), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "Fairway alone lets it go");

    server.secret = token(&server.app, Scope::Read, 8).await;
    for (status, problem) in [server.ask(&step("other")).await, server.look(&gate, "").await] {
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("deploys:write"), "{detail}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_started_the_run_does_not_decide_and_a_stranger_may_be_anybody(pool: PgPool) {
    let server = Server::start(&pool).await;
    for _ in 0..2 {
        sqlx::query("insert into people (id, display_name, login, created_at) values (gen_random_uuid(), 'Twin', 'twin', now())")
            .execute(&pool)
            .await
            .unwrap();
    }
    for (initiator, sha, why) in [
        ("eve@fairway.example", "c", "You asked for this deploy"),
        ("somebody-else", "d", "nobody knows who that is"),
        ("Twin", "f", "nobody knows who that is"),
    ] {
        let mut body = step(initiator);
        body["sha"] = sha.repeat(40).into();
        body["initiator"] = initiator.into();
        let (_, gate) = server.ask(&body).await;
        let refused = server
            .decide(&gate, Verdict::Approve)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let mut body = step("bot");
    body["sha"] = "e".repeat(40).into();
    body["initiator"] = "renovate[bot]".into();
    let (_, gate) = server.ask(&body).await;
    server.decide(&gate, Verdict::Approve).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_of_ones_own_hides_nobody_who_started_the_run(pool: PgPool) {
    let mut server = Server::start(&pool).await;
    let commands = server.app.commands.clone();
    let ada = approver(&commands, &pool, "ada").await;
    let new = NewToken {
        name: "mine".into(),
        scopes: vec![Scope::DeploysWrite],
        reach: Reach::default(),
        owner: None,
        expires_at: commands.now() + TimeDelta::days(1),
    };
    server.secret = commands.create_own_token(&ada, new).await.unwrap().1;
    let mut body = step("deploy");
    body["initiator"] = "eve@fairway.example".into();
    let (status, gate) = server.ask(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{gate}");
    for who in [server.approver.clone(), ada] {
        server.approver = who;
        let refused = server.decide(&gate, Verdict::Approve).await.unwrap_err();
        assert!(
            refused.to_string().contains("You asked for this deploy"),
            "{refused}"
        );
    }
}

/// A server that trusts a workflow to ask for deploys to production, and the issuer of its ID tokens.
pub(super) async fn workflow(pool: &PgPool) -> (Server, FakeIssuer) {
    let issuer = FakeIssuer::start().await;
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let commands = Commands::new(store, Arc::new(commands::SystemClock))
        .with_keyring(keyring())
        .with_actions(ActionsTokens::new(&[issuer.url()], &Allowed::default()).unwrap());
    let server = Server::of(App::with_commands(commands).await, pool).await;
    let new = NewServiceAccount::parse("shop-ci", "Deploys the shop", "developer", "").unwrap();
    let commands = &server.app.commands;
    let account = commands.create_service_account(&operator(), new).await.unwrap();
    let raw = RawTrust {
        issuer: issuer.url(),
        audience: "https://fairway.example".into(),
        repository: "acme/Shop".into(),
        workflow: String::new(),
        git_ref: String::new(),
        environment: String::new(),
        scopes: vec!["deploys:write".into()],
        environments: String::new(),
        classes: vec!["production".into()],
    };
    let terms = TrustTerms::parse(&raw, &commands.issuers()).unwrap();
    commands
        .trust_workflows(&operator(), account, terms)
        .await
        .unwrap();
    (server, issuer)
}

/// Has the server asked with what an ID token is exchanged for.
async fn exchanged(server: &mut Server, issuer: &FakeIssuer, claims: &Value) {
    let exchange = client()
        .post(server.app.url("/api/v1/tokens/exchange"))
        .json(&json!({ "subject_token": issuer.token(claims) }));
    let (status, given) = answered(exchange).await;
    assert_eq!(status, StatusCode::OK, "{given}");
    server.secret = given["access_token"].as_str().unwrap().to_owned();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_workflow_asks_with_what_its_id_token_was_exchanged_for(pool: PgPool) {
    let (mut server, issuer) = workflow(&pool).await;
    exchanged(&mut server, &issuer, &issuer.claims()).await;
    let (status, gate) = server.ask(&step("deploy")).await;
    assert_eq!(status, StatusCode::CREATED, "{gate}");
    server.decide(&gate, Verdict::Approve).await.unwrap();
    assert_eq!(server.look(&gate, "?wait=5").await.1["goes"], true);
    let mut elsewhere = step("deploy");
    elsewhere["environment"] = "staging".into();
    assert_eq!(server.ask(&elsewhere).await.0, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_workflow_says_of_its_run_what_github_signed(pool: PgPool) {
    let (mut server, issuer) = workflow(&pool).await;
    exchanged(&mut server, &issuer, &issuer.claims()).await;
    for (field, value) in [
        ("run_id", json!(72)),
        ("run_attempt", json!(2)),
        ("sha", "b".repeat(40).into()),
    ] {
        let mut body = step("deploy");
        body[field] = value;
        let (status, problem) = server.ask(&body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field);
    }
    assert_eq!(server.ask(&step("deploy")).await.0, StatusCode::CREATED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_github_says_started_the_run_does_not_decide_whoever_is_named(pool: PgPool) {
    let (mut server, issuer) = workflow(&pool).await;
    sqlx::query("update identities set subject = '4713' where provider = 'github' and person_id = $1")
        .bind(server.approver.signed_in().unwrap().0)
        .execute(&pool)
        .await
        .unwrap();
    for (number, sha, why) in [
        ("4713", "a", "You asked for this deploy"),
        ("4714", "b", "nobody knows who that is"),
    ] {
        let mut claims = issuer.claims();
        claims["actor"] = "evelyn".into();
        claims["actor_id"] = number.into();
        claims["sha"] = sha.repeat(40).into();
        exchanged(&mut server, &issuer, &claims).await;
        let mut body = step(number);
        body["sha"] = sha.repeat(40).into();
        body["initiator"] = "renovate[bot]".into();
        let (status, gate) = server.ask(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{gate}");
        let refused = server.decide(&gate, Verdict::Approve).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_of_nobody_names_somebody_and_no_stranger_joins_what_others_wait_for(pool: PgPool) {
    let mut server = Server::start(&pool).await;
    let (status, waiting) = server.ask(&step("own")).await;
    assert_eq!(status, StatusCode::CREATED, "{waiting}");
    let new = NewToken {
        name: "nobody's".into(),
        scopes: vec![Scope::DeploysWrite],
        reach: Reach::default(),
        owner: None,
        expires_at: server.app.commands.now() + TimeDelta::days(1),
    };
    let made = server.app.commands.issue_token(&operator(), new).await;
    server.secret = made.unwrap().1;
    let (status, problem) = server.ask(&step("deploy")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "initiator");
    let mut stranger = step("deploy");
    stranger["initiator"] = "somebody-else".into();
    let (status, problem) = server.ask(&stranger).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let why = problem["errors"][0]["message"].as_str().unwrap();
    assert!(why.contains("others wait for the same release"), "{why}");
    server.decide(&waiting, Verdict::Approve).await.unwrap();

    // A release of their own a stranger may ask about; whoever decides reads that it may be them.
    stranger["sha"] = "b".repeat(40).into();
    stranger["run_id"] = 72.into();
    let (status, gate) = server.ask(&stranger).await;
    assert_eq!(status, StatusCode::CREATED, "{gate}");
    let refused = server.decide(&gate, Verdict::Approve).await.unwrap_err();
    let why = "Whoever started run 72 asked for this deploy, and nobody knows who that is";
    assert!(refused.to_string().contains(why), "{refused}");
}
