//! `POST /webhooks/github`, as a sender meets it: signatures, headers and limits.

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::fakes::github::{Delivery, sign};

use crate::{
    github_payloads::examples,
    harness::{App, client, count},
};

pub(super) const SECRET: &str = "a secret that nobody guesses";
pub(super) const OPEN: &[&str] = &["--github-webhook-secret=a secret that nobody guesses"];

pub(super) fn delivery(id: &str, event: &str, payload: &Value) -> Delivery {
    Delivery::of(id, event, payload, chrono::DateTime::UNIX_EPOCH)
}

pub(super) async fn post(app: &App, delivery: &Delivery, secret: &str) -> Response {
    delivery
        .post(&client(), &app.url("/webhooks/github"), secret)
        .await
        .unwrap()
}

/// A delivery with other headers; a header named twice keeps the later value.
pub(super) async fn post_with(
    app: &App,
    body: impl Into<reqwest::Body>,
    headers: &[(&'static str, &str)],
) -> Response {
    let mut request = client().post(app.url("/webhooks/github")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn problem(answer: Response, status: StatusCode) -> String {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status.as_u16());
    problem["detail"].as_str().unwrap().to_owned()
}

/// Runs the jobs of the inbox in this test, one after the other.
pub(super) async fn process_all(app: &App, pool: &PgPool) {
    let waiting: Vec<(uuid::Uuid, chrono::DateTime<chrono::Utc>)> = sqlx::query_as(
        "select id, received_at from deliveries where status = 'received' order by received_at",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (id, received_at) in waiting {
        let job = commands::jobs::ProcessDelivery {
            id: id.into(),
            received_at,
        };
        app.commands.process_delivery(&job).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn a_signed_delivery_is_stored_with_its_job_and_once(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let ping = delivery("d-1", "ping", &json!({"zen": "Keep it simple."}));
    for _ in 0..3 {
        let answer = post(&app, &ping, SECRET).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    let stored: (String, String, String, Vec<u8>) =
        sqlx::query_as("select delivery_id, event, status, body from deliveries")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(
        stored,
        ("d-1".into(), "ping".into(), "received".into(), ping.body.clone())
    );
    assert_eq!(
        count(&pool, "select count(*) from graphile_worker._private_jobs").await,
        1
    );
}

#[sqlx::test(migrations = false)]
async fn nothing_unsigned_enters(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let push = delivery("d-1", "push", &json!({"ref": "x"}));
    let detail = problem(
        post(&app, &push, "another secret entirely").await,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert!(detail.contains("does not match"), "{detail}");
    let named = [
        ("x-github-delivery", "d-1"),
        ("x-github-event", "push"),
        ("content-type", "application/json"),
    ];
    let detail = problem(post_with(&app, "{}", &named).await, StatusCode::UNAUTHORIZED).await;
    assert!(detail.contains("not signed"), "{detail}");
    let mut old = named.to_vec();
    old.push(("x-hub-signature-256", "sha1=757107ea"));
    problem(post_with(&app, "{}", &old).await, StatusCode::UNAUTHORIZED).await;
    for _ in 0..20 {
        post(&app, &push, "another secret entirely").await;
    }
    assert_eq!(count(&pool, "select count(*) from deliveries").await, 0);
    let events = count(
        &pool,
        "select count(*) from security_events where kind = 'bad_signature'",
    )
    .await;
    assert_eq!(events, 10, "a flood writes few rows");
}

#[sqlx::test(migrations = false)]
async fn without_a_secret_the_endpoint_is_closed(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let ping = delivery("d-1", "ping", &json!({}));
    let detail = problem(post(&app, &ping, "").await, StatusCode::NOT_FOUND).await;
    assert!(detail.contains("FAIRWAY_GITHUB_WEBHOOK_SECRET"), "{detail}");
}

#[sqlx::test(migrations = false)]
async fn two_secrets_are_accepted_while_one_is_changed(pool: PgPool) {
    let both = [OPEN[0], "--github-webhook-secret-other=the secret of yesterday"];
    let app = App::start(pool.clone(), &both).await;
    for (id, secret) in [("d-1", SECRET), ("d-2", "the secret of yesterday")] {
        assert_eq!(
            post(&app, &delivery(id, "ping", &json!({})), secret)
                .await
                .status(),
            StatusCode::ACCEPTED
        );
    }
}

#[sqlx::test(migrations = false)]
async fn the_same_id_with_another_body_is_a_conflict(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    post(&app, &delivery("d-1", "ping", &json!({"zen": "one"})), SECRET).await;
    let answer = post(&app, &delivery("d-1", "ping", &json!({"zen": "two"})), SECRET).await;
    problem(answer, StatusCode::CONFLICT).await;
    assert_eq!(count(&pool, "select count(*) from deliveries").await, 1);
    assert_eq!(
        count(
            &pool,
            "select count(*) from security_events where kind = 'delivery_id_reused'"
        )
        .await,
        1
    );
}

#[sqlx::test(migrations = false)]
async fn headers_types_and_depth_are_checked_after_the_signature(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let post = async |body: String, left_out: &str, kind: &str| {
        let signature = sign(SECRET, body.as_bytes());
        let all = [
            ("x-hub-signature-256", &*signature),
            ("x-github-delivery", "d-1"),
            ("x-github-event", "teapot"),
            ("content-type", kind),
        ];
        let headers: Vec<_> = all.into_iter().filter(|(name, _)| *name != left_out).collect();
        post_with(&app, body, &headers).await
    };
    let json = "application/json";
    for left_out in ["x-github-delivery", "x-github-event"] {
        let detail = problem(post("{}".into(), left_out, json).await, StatusCode::BAD_REQUEST).await;
        assert!(detail.contains(left_out), "{detail}");
    }
    problem(
        post("{}".into(), "", "text/plain").await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    )
    .await;
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let detail = problem(post(deep(65), "", json).await, StatusCode::BAD_REQUEST).await;
    assert!(detail.contains("64"), "{detail}");
    let form = format!("payload={}", "%5B".repeat(65));
    problem(
        post(form, "", "application/x-www-form-urlencoded").await,
        StatusCode::BAD_REQUEST,
    )
    .await;
    assert_eq!(count(&pool, "select count(*) from deliveries").await, 0);
    assert_eq!(post(deep(64), "", json).await.status(), StatusCode::ACCEPTED);
}

#[sqlx::test(migrations = false)]
async fn a_form_holds_the_same_as_json(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let (_, payload) = examples().into_iter().find(|(event, _)| event == "push").unwrap();
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish();
    let signature = sign(SECRET, form.as_bytes());
    let headers = [
        ("x-hub-signature-256", &*signature),
        ("x-github-delivery", "d-1"),
        ("x-github-event", "push"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        post_with(&app, form, &headers).await.status(),
        StatusCode::ACCEPTED
    );
    process_all(&app, &pool).await;
    let row: (String, Option<String>) = sqlx::query_as("select status, repository from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(
        (row.0.as_str(), row.1.as_deref()),
        ("processed", payload["repository"]["full_name"].as_str())
    );
}

#[sqlx::test(migrations = false)]
async fn nothing_is_read_before_it_is_verified(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    // Each would be refused with 400, 413 or 415 if anything looked at it before its signature.
    for body in [
        "not json".to_owned(),
        "[".repeat(1000),
        "payload=%5B%5B".to_owned(),
    ] {
        let signature = sign("another secret entirely", body.as_bytes());
        let headers = [
            ("x-hub-signature-256", &*signature),
            ("content-type", "text/plain"),
        ];
        problem(post_with(&app, body, &headers).await, StatusCode::UNAUTHORIZED).await;
    }
    // The signature is over the bytes as they came: white space and escapes count.
    let (body, same) = (r#"{"a": "\u00e9"}"#, "{\"a\":\"\u{e9}\"}");
    let signature = sign(SECRET, body.as_bytes());
    let headers = [
        ("x-hub-signature-256", &*signature),
        ("x-github-delivery", "d-1"),
        ("x-github-event", "ping"),
        ("content-type", "application/json"),
    ];
    problem(post_with(&app, same, &headers).await, StatusCode::UNAUTHORIZED).await;
    assert_eq!(
        post_with(&app, body, &headers).await.status(),
        StatusCode::ACCEPTED
    );
    let stored: Vec<u8> = sqlx::query_scalar("select body from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(stored, body.as_bytes());
}
