//! The composite action as a workflow runs it: its script, with bash and curl, against a server.

use std::{path::Path, process::Output};

use axum::{
    Json, Router,
    http::{HeaderMap, Uri},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};

use super::{
    steps::{Server, workflow},
    *,
};

/// Runs the script as the runner does, with these variables beside the usual ones.
async fn run(server: &Server, variables: &[(&str, &str)]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/actions/gate/gate.sh");
    let mut command = Command::new("bash");
    command
        .arg(script)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("FAIRWAY_URL", server.app.url(""))
        .env("FAIRWAY_SERVICE", "shop")
        .env("FAIRWAY_ENVIRONMENT", "production")
        .env("FAIRWAY_SHA", "a".repeat(40))
        .env("FAIRWAY_VERSION", r#"1.4.2 "quoted\""#)
        .env("FAIRWAY_TIMEOUT_MINUTES", "1")
        .env("GITHUB_RUN_ID", "71")
        .env("GITHUB_JOB", "deploy")
        .envs(variables.iter().copied())
        .kill_on_drop(true);
    command.output().await.expect("bash and curl are on PATH")
}

fn words(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    text.concat()
}

/// Decides as soon as something is asked.
async fn decide_soon(server: &Server, verdict: Verdict) {
    loop {
        let id: Option<Uuid> = sqlx::query_scalar(
            "select id from approval_requests where state = 'pending' order by id desc limit 1",
        )
        .fetch_optional(&server.pool)
        .await
        .unwrap();
        if let Some(id) = id {
            let gate = json!({ "request": id.to_string() });
            return server.decide(&gate, verdict).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_step_ends_well_only_where_people_let_it_go(pool: PgPool) {
    let server = Server::start(&pool).await;
    let token = [("FAIRWAY_TOKEN", server.secret.as_str())];
    let (output, ()) = tokio::join!(run(&server, &token), decide_soon(&server, Verdict::Approve));
    assert!(output.status.success(), "{}", words(&output));
    assert!(words(&output).contains("/approvals/"), "{}", words(&output));
    let version: String = sqlx::query_scalar("select version from approval_requests")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(version, r#"1.4.2 "quoted\""#);

    let other = "b".repeat(40);
    let rejected = [
        token[0],
        ("FAIRWAY_SHA", other.as_str()),
        ("FAIRWAY_JOB", "other"),
    ];
    let (output, ()) = tokio::join!(run(&server, &rejected), decide_soon(&server, Verdict::Reject));
    assert!(!output.status.success());
    let said = words(&output);
    assert!(said.contains("rejected: I have looked at it"), "{said}");
    assert!(!said.contains(&server.secret));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_fails_lets_nothing_go(pool: PgPool) {
    let server = Server::start(&pool).await;
    let token = ("FAIRWAY_TOKEN", server.secret.as_str());
    for (variables, why) in [
        (vec![], "id-token: write"),
        (vec![("FAIRWAY_TOKEN", "fwy_wrong")], "does not take the token"),
        (vec![token, ("FAIRWAY_SERVICE", "nobody")], "status 422"),
        (vec![token, ("FAIRWAY_JOB", "two\nlines")], "control characters"),
        (
            vec![token, ("FAIRWAY_TIMEOUT_MINUTES", "soon")],
            "number of minutes",
        ),
        (
            vec![token, ("FAIRWAY_TIMEOUT_MINUTES", "0")],
            "Nobody decided within 0 minutes",
        ),
    ] {
        let output = run(&server, &variables).await;
        assert!(!output.status.success(), "{why}: {}", words(&output));
        assert!(words(&output).contains(why), "{why}: {}", words(&output));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_step_exchanges_the_id_token_of_its_job(pool: PgPool) {
    let (server, issuer) = workflow(&pool).await;
    let id_token = issuer.token(&issuer.claims());
    let given: Value = json!({ "count": 1, "value": id_token });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runner = format!("http://{}/token?api-version=2.0", listener.local_addr().unwrap());
    let answer = move |uri: Uri, headers: HeaderMap| {
        let given = given.clone();
        async move {
            assert_eq!(headers["authorization"], "Bearer of the runner");
            // Versions of curl differ in the case of digits.
            let asked = uri.query().unwrap_or_default().to_lowercase();
            let wanted = "api-version=2.0&audience=https%3a%2f%2ffairway.example";
            assert_eq!(asked, wanted);
            Json(given)
        }
    };
    let routes = Router::new().route("/token", get(answer));
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let variables = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", runner.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of the runner"),
        ("FAIRWAY_AUDIENCE", "https://fairway.example"),
    ];
    let (output, ()) = tokio::join!(run(&server, &variables), decide_soon(&server, Verdict::Approve));
    serving.abort();
    assert!(output.status.success(), "{}", words(&output));
}
