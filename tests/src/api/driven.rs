//! Deploys that Fairway is asked to drive: what is answered, what is shown, what executors report and people ask.

use domain::{executors::RawExecutor, ids::DeployId};

use super::*;

impl Api {
    /// Has somebody carry out the deploys to an environment, to which one failed before users saw it.
    async fn ready(&self, environment: &str) {
        let at = ago(30);
        let body = json!({
            "service": "payments", "environment": environment, "version": "0.1.0", "external_id": "first", "requested_at": at,
            "phases": [{ "state": "failed", "at": at }],
        });
        let reported = self.post("/deploys", &body).await;
        assert!(reported.status.is_success(), "{reported:?}");
        let raw = RawExecutor {
            kind: "webhook".into(),
            url: "https://deploy.example/fairway".into(),
            secret: "canary-0123456789abcdef0123456789abcdef".into(),
            ..RawExecutor::default()
        };
        let (by, at) = (Viewer::trusted(Actor::CommandLine), ("payments", environment));
        self.app.commands.set_executor(&by, at, &raw).await.unwrap();
    }

    /// Asks for a release in an environment, of which all is known that has to be.
    async fn ask(&self, environment: &str, external_id: &str) -> Answer {
        self.ready(environment).await;
        let fact = |item: &str| json!({ "item": item, "good": true, "what": "as it should be" });
        let waiver = |item: &str| json!({ "item": item, "reason": "the tests have none" });
        let body = json!({
            "mode": "driven", "service": "payments", "environment": environment, "sha": "a".repeat(40),
            "digest": format!("sha256:{}", "a".repeat(64)), "version": "1.4.2", "external_id": external_id,
            "strategy": "canary", "weights": [10, 100], "initiator": "nobody@fairway.example",
            "facts": [fact("scan"), fact("signature")],
            "waivers": [waiver("checks"), waiver("rollback_target"), waiver("promotion")],
        });
        self.post("/deploys", &body).await
    }

    /// Takes a drive as far as it goes with what is known; gives what is shown of it then.
    async fn settled(&self, id: &str) -> Value {
        let deploy = DeployId(id.parse().unwrap());
        while self.app.commands.advance_drive(deploy).await.unwrap() {}
        let shown = self.get(&format!("/deploys/{id}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        shown.body
    }
}

/// The key of the phase that a drive stands in.
fn key(shown: &Value) -> String {
    let phases = shown["drive"]["phases"].as_array().unwrap();
    phases.last().unwrap()["key"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_asks_for_a_deploy_hears_what_people_are_asked(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let asked = api.ask("production", "run-1").await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{asked:?}");
    assert_eq!(asked.body["state"], "awaiting_approval");
    let approval = &asked.body["approval"];
    assert_eq!(
        (&approval["state"], &approval["needed"]),
        (&json!("pending"), &json!(2))
    );
    assert_eq!(
        asked.headers[header::LOCATION],
        asked.body["href"].as_str().unwrap()
    );
    let again = api.ask("production", "run-1").await;
    assert_eq!((again.status, again.id()), (StatusCode::ACCEPTED, asked.id()));

    let shown = api.get(&format!("/deploys/{}", asked.id())).await.body;
    assert_eq!(shown["source"], "fairway");
    assert_eq!(shown["drive"]["approval"]["id"], approval["id"]);
    assert_eq!(shown["drive"]["weights"], json!([10, 100]));
    assert_eq!(shown["drive"]["verdicts"], json!([]));
    assert_eq!(key(&shown), format!("{}:awaiting_approval:0.0", asked.id()));
    let reported = api.deployed("0.9.0", 2).await;
    let reported = api.get(&format!("/deploys/{reported}")).await.body;
    assert_eq!(reported["drive"], Value::Null);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn executors_report_by_the_key_of_their_order(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let id = api.ask("staging", "run-1").await.id();
    let path = format!("/deploys/{id}/phases");
    let mut shown = api.settled(&id).await;
    if shown["state"] == "backup" {
        let body = json!({ "key": key(&shown), "outcome": "succeeded", "backup_id": "snap-1", "backup_verified": true });
        assert_eq!(api.post(&path, &body).await.status, StatusCode::OK);
        shown = api.settled(&id).await;
    }
    assert_eq!(shown["state"], "deploy", "{shown}");
    let (key, fence) = (key(&shown), shown["drive"]["fence"].as_i64().unwrap());
    let say = async |outcome: &str, fence: i64| {
        let body = json!({ "key": key, "outcome": outcome, "fence": fence });
        api.post(&path, &body).await
    };
    assert_eq!(say("running", fence).await.status, StatusCode::OK);
    assert_eq!(say("succeeded", fence + 1).await.status, StatusCode::CONFLICT);
    assert_eq!(say("succeeded", fence).await.status, StatusCode::OK);
    assert_eq!(
        say("succeeded", fence + 1).await.status,
        StatusCode::OK,
        "it was said"
    );
    assert_eq!(
        say("running", fence).await.status,
        StatusCode::OK,
        "late, and nothing new"
    );
    assert_eq!(say("failed", fence + 1).await.status, StatusCode::CONFLICT);
    assert_eq!(api.settled(&id).await["state"], "verify");

    let other = api.deployed("0.9.0", 2).await;
    let body = json!({ "key": key, "outcome": "succeeded" });
    let elsewhere = api.post(&format!("/deploys/{other}/phases"), &body).await;
    assert_eq!(elsewhere.fields(), ["key"]);
    let mixed = json!({ "key": key, "outcome": "done", "state": "verify", "fence": -1 });
    let mut wrong = api.post(&path, &mixed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut fields = wrong.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["fence", "outcome", "state"]);
    wrong = api.post(&path, &json!({ "outcome": "succeeded" })).await;
    let mut fields = wrong.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["outcome", "state"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_calls_off_and_undoes_but_confirms_nothing(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let id = api.ask("production", "run-1").await.id();
    let reason = json!({ "reason": "the notes are wrong" });
    let confirmed = api.post(&format!("/deploys/{id}/confirm"), &reason).await;
    assert_eq!(confirmed.status, StatusCode::FORBIDDEN);
    let why = confirmed.body["detail"].as_str().unwrap();
    assert!(why.contains("person confirms"), "{why}");
    let undone = api.post(&format!("/deploys/{id}/rollback"), &reason).await;
    assert_eq!(undone.status, StatusCode::CONFLICT, "users do not see it");
    let silent = api
        .post(&format!("/deploys/{id}/cancel"), &json!({ "reason": "" }))
        .await;
    assert_eq!(silent.fields(), ["reason"]);
    let path = format!("/deploys/{id}/cancel");
    for _ in 0..2 {
        let off = api.post_with_key("once", &path, &reason).await;
        assert_eq!((off.status, off.id()), (StatusCode::ACCEPTED, id.clone()));
    }
    assert_eq!(api.settled(&id).await["state"], "cancelled");
    let over = api.post(&path, &reason).await;
    assert_eq!(over.status, StatusCode::CONFLICT);
    let reported = api.deployed("0.9.0", 2).await;
    let nothing = api.post(&format!("/deploys/{reported}/cancel"), &reason).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND, "Fairway does not drive it");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_is_driven_where_nobody_deploys(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    api.deployed("0.9.0", 2).await;
    let environments = count(&pool, "select count(*) from environments").await;
    let ask = async |environment: &str| {
        let body = json!({
            "mode": "driven", "service": "payments", "environment": environment, "sha": "a".repeat(40),
            "digest": format!("sha256:{}", "a".repeat(64)),
        });
        let refused = api.post("/deploys", &body).await;
        assert_eq!(refused.fields(), ["environment"], "{refused:?}");
        refused.body["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    for unknown in ["moon", "production-eu"] {
        let why = ask(unknown).await;
        assert!(why.contains("there is no environment"), "{why}");
    }
    let why = ask("production").await;
    assert!(why.contains("nobody is set to carry out deploys"), "{why}");
    assert_eq!(
        count(&pool, "select count(*) from environments").await,
        environments,
        "none is made"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_only_a_driven_deploy_has_is_not_taken_from_another(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let body = json!({
        "service": "payments", "environment": "staging", "sha": "a".repeat(40), "config": "c1",
        "waivers": [{ "item": "scan", "reason": "none here" }],
        "facts": [{ "item": "signature", "good": true, "what": "cosign" }],
    });
    let refused = api.post("/deploys", &body).await;
    assert_eq!(refused.fields(), ["config", "waivers", "facts"]);
    let mut driven = body.clone();
    driven["mode"] = "driven".into();
    driven["phases"] = json!([{ "state": "succeeded" }]);
    assert_eq!(api.post("/deploys", &driven).await.fields(), ["phases"]);
    driven["mode"] = "steered".into();
    assert_eq!(api.post("/deploys", &driven).await.fields(), ["mode"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_service_says_how_ready_it_is_and_nobody_else_calls_a_deploy_a_drill(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let before = api.deployed("0.8.0", 3).await;
    api.deployed("0.9.0", 2).await;
    let shown = api.get("/services/payments").await.body;
    assert_eq!(shown["readiness"]["goes_back_to"], before, "{shown}");
    assert_eq!(shown["readiness"]["pullable"], "unknown", "{shown}");
    for nothing in ["last", "skipped", "next_at", "overdue_since"] {
        assert!(shown["drills"][nothing].is_null(), "{nothing}: {shown}");
    }
    let body =
        json!({ "service": "payments", "environment": "production", "version": "1.0.0", "kind": "drill" });
    assert_eq!(api.post("/deploys", &body).await.fields(), ["kind"]);
}
