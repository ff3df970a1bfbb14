//! `POST /webhooks/github`, as a sender meets it.

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::fakes::github::{Delivery, sign};

use crate::{
    github_payloads::examples,
    harness::{App, client, count},
};

const SECRET: &str = "a secret that nobody guesses";
const OPEN: &[&str] = &["--github-webhook-secret=a secret that nobody guesses"];

fn delivery(id: &str, event: &str, payload: &Value) -> Delivery {
    Delivery::of(id, event, payload, chrono::DateTime::UNIX_EPOCH)
}

async fn post(app: &App, delivery: &Delivery, secret: &str) -> Response {
    delivery
        .post(&client(), &app.url("/webhooks/github"), secret)
        .await
        .unwrap()
}

/// A delivery with other headers; a header named twice keeps the later value.
async fn post_with(app: &App, body: impl Into<reqwest::Body>, headers: &[(&'static str, &str)]) -> Response {
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
async fn all_published_payloads_are_accepted_and_none_is_dead(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let (client, url) = (client(), app.url("/webhooks/github"));
    for (index, (event, payload)) in examples().into_iter().enumerate() {
        let example = delivery(&format!("d-{index}"), &event, &payload);
        let answer = example.post(&client, &url, SECRET).await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{event}");
    }
    process_all(&app, &pool).await;
    let states: Vec<(String, i64)> =
        sqlx::query_as("select status, count(*) from deliveries group by 1 order by 1")
            .fetch_all(&pool)
            .await
            .unwrap();
    let errors: Vec<(String, Option<String>)> =
        sqlx::query_as("select event, error from deliveries where error is not null")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(errors, []);
    let states: Vec<_> = states.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["ignored", "processed"]);
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
async fn what_cannot_be_read_is_dead_at_once_and_replayed_by_a_person(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let broken = delivery("d-1", "push", &json!({"ref": 5}));
    assert_eq!(post(&app, &broken, SECRET).await.status(), StatusCode::ACCEPTED);
    process_all(&app, &pool).await;
    let (status, error): (String, String) = sqlx::query_as("select status, error from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(status, "dead");
    assert!(error.contains("`ref`"), "{error}");

    let id: uuid::Uuid = sqlx::query_scalar("select id from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    let by = domain::actor::Viewer::trusted(domain::actor::Actor::CommandLine);
    app.commands.replay_delivery(&by, id.into()).await.unwrap();
    app.commands.replay_delivery(&by, id.into()).await.unwrap();
    assert_eq!(
        count(
            &pool,
            "select count(*) from graphile_worker._private_jobs where key is not null"
        )
        .await,
        1
    );
    assert_eq!(
        count(
            &pool,
            "select count(*) from audit where action = 'delivery.replay'"
        )
        .await,
        2
    );
    assert_eq!(
        count(&pool, "select count(*) from deliveries where status = 'received'").await,
        1
    );
    let gone = app
        .commands
        .replay_delivery(&by, uuid::Uuid::nil().into())
        .await
        .unwrap_err();
    assert!(matches!(gone, commands::CommandError::NotFound { .. }));
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

#[sqlx::test(migrations = false)]
async fn what_nobody_knows_is_kept_and_ignored(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    for (number, event) in ["teapot", "PUSH", "deployment.status"].into_iter().enumerate() {
        let unknown = delivery(&format!("d-{number}"), event, &json!({ "action": "brewed" }));
        assert_eq!(post(&app, &unknown, SECRET).await.status(), StatusCode::ACCEPTED);
    }
    process_all(&app, &pool).await;
    let ignored = "select count(*) from deliveries where status = 'ignored'";
    assert_eq!(count(&pool, ignored).await, 3);
}

#[sqlx::test(migrations = false)]
async fn hostile_payloads_are_processed_or_dead_with_a_reason(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let (_, push) = examples().into_iter().find(|(event, _)| event == "push").unwrap();
    let long = format!("\"{}\"", "x".repeat(1_000_000));
    let values = [
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        "-1",
        "0",
        "1e400",
        "99999999999999999999",
        "null",
        "[]",
        "{}",
        "true",
        r#""9999-12-31T23:59:59Z""#,
        r#""-4000-01-01T00:00:00Z""#,
        "253402300800",
        &long,
    ];
    let places = [
        "/ref",
        "/before",
        "/after",
        "/commits",
        "/head_commit",
        "/repository/id",
        "/repository/name",
        "/repository/full_name",
        "/repository/owner/login",
        "/repository/default_branch",
        "/repository/pushed_at",
        "/pusher/name",
        "/sender/id",
    ];
    let mut sent = 0;
    for place in places {
        for value in values {
            let mut payload = push.clone();
            let Some(field) = payload.pointer_mut(place) else {
                continue;
            };
            *field = "here stands the value".into();
            let body = payload.to_string().replace("\"here stands the value\"", value);
            let (id, signature) = (format!("d-{sent}"), sign(SECRET, body.as_bytes()));
            let headers = [
                ("x-hub-signature-256", &*signature),
                ("x-github-delivery", &*id),
                ("x-github-event", "push"),
                ("content-type", "application/json"),
            ];
            let answer = post_with(&app, body, &headers).await;
            assert_eq!(answer.status(), StatusCode::ACCEPTED, "{place}");
            sent += 1;
        }
    }
    assert!(sent > 100, "{sent} sent");
    process_all(&app, &pool).await;
    let left = "select count(*) from deliveries where status = 'received'";
    assert_eq!(count(&pool, left).await, 0);
    let unexplained =
        "select count(*) from deliveries where status = 'dead' and coalesce(length(error), 0) < 10";
    assert_eq!(count(&pool, unexplained).await, 0);
    let broken: Vec<String> =
        sqlx::query_scalar("select left(error, 400) from deliveries where error like '%inside Fairway%'")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(broken, [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn what_may_pass_is_tried_ten_times_and_then_waits_for_a_person(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let (_, payload) = examples().into_iter().find(|(event, _)| event == "push").unwrap();
    let push = delivery("d-1", "push", &payload);
    assert_eq!(post(&app, &push, SECRET).await.status(), StatusCode::ACCEPTED);
    let rename = async |from: &str, to: &str| {
        let statement = format!("alter table {from} rename to {to}");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&pool)
            .await
            .unwrap();
    };
    rename("repositories", "repositories_gone").await;
    let (id, received_at): (uuid::Uuid, _) = sqlx::query_as("select id, received_at from deliveries")
        .fetch_one(&pool)
        .await
        .unwrap();
    let job = commands::jobs::ProcessDelivery {
        id: id.into(),
        received_at,
    };
    for attempt in 1..10 {
        let error = app.commands.process_delivery(&job).await.unwrap_err();
        assert!(error.is_passing(), "attempt {attempt}: {error}");
    }
    let last = app.commands.process_delivery(&job).await.unwrap();
    assert_eq!(last, commands::Processed::Dead);
    let (status, attempts, error): (String, i32, String) =
        sqlx::query_as("select status, attempts, error from deliveries")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!((&*status, attempts), ("dead", 10));
    assert!(error.contains("repositories"), "the reason is shown: {error}");
    let nothing = app.commands.process_delivery(&job).await.unwrap();
    assert_eq!(nothing, commands::Processed::Nothing, "the dead stay dead");

    rename("repositories_gone", "repositories").await;
    let answer = client()
        .post(app.url(&format!("/admin/deliveries/{id}/replay")))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    process_all(&app, &pool).await;
    let done = "select count(*) from deliveries where status = 'processed'";
    assert_eq!(count(&pool, done).await, 1);
}

/// Runs the jobs of the inbox in this test, one after the other.
async fn process_all(app: &App, pool: &PgPool) {
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
