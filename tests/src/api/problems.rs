//! Every refusal is problem details that say where and what to do.

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn wrong_fields_are_named_with_their_paths(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let tomorrow = ago(-1);
    let cases = [
        (
            json!({ "service": "payments", "environment": "production", "sha": "abc" }),
            "sha",
        ),
        (
            json!({ "service": "payments", "environment": "production" }),
            "sha",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "requested_at": tomorrow }),
            "requested_at",
        ),
        (
            json!({ "service": "nobody", "environment": "production", "version": "1" }),
            "service",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "latest" }),
            "version",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "phases": [{ "state": "done" }] }),
            "phases[0].state",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "phases": [{ "state": "deploy", "wieght": 5 }] }),
            "phases[0].wieght",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "verison": "2" }),
            "verison",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": 1 }),
            "version",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "rollback_of": "00000000-0000-7000-8000-000000000000" }),
            "rollback_of",
        ),
        (
            json!({ "service": "payments", "environment": "production", "version": "1", "log_url": "javascript:alert(1)" }),
            "log_url",
        ),
        (
            json!({ "service": "pay\0ments", "environment": "production", "version": "1" }),
            "service",
        ),
        (json!([]), "body"),
    ];
    for (body, field) in cases {
        let answer = api.post("/deploys", &body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {answer:?}"
        );
        assert!(answer.is_problem(), "{answer:?}");
        assert!(answer.fields().contains(&field), "{field} in {answer:?}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_body_that_is_no_json_is_refused_by_what_is_wrong_with_it(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let send = async |kind: &str, body: String| {
        let request = api
            .request(Method::POST, "/deploys")
            .header(header::CONTENT_TYPE, kind);
        answer(request.body(body)).await
    };
    let broken = send("application/json", "{\"service\": }".into()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(
        broken.body["detail"]
            .as_str()
            .unwrap()
            .contains("line 1 column 13"),
        "{broken:?}"
    );
    assert!(broken.is_problem());
    let deep = send("application/json", "[".repeat(70)).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST, "{deep:?}");
    let form = send("application/x-www-form-urlencoded", "service=payments".into()).await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(form.is_problem());
    let large = send("application/json", format!("\"{}\"", "x".repeat(1024 * 1024))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.is_problem(), "{large:?}");
    let key = "k".repeat(256);
    let long = api.post_with_key(&key, "/deploys", &json!({})).await;
    assert_eq!(
        (long.status, long.fields()),
        (StatusCode::BAD_REQUEST, vec!["Idempotency-Key"])
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_does_not_exist_is_a_problem_too(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let nothing = [
        "/services/nobody",
        "/services/nobody/deploys",
        "/services/pay%00ments",
        "/deploys/7",
        "/deploys/%ff",
        "/deploys/00000000-0000-7000-8000-000000000000",
        "/incidents/x",
        "/catalog/component/default/nobody",
        "/catalog/thing/default/payments",
        "/nowhere",
        "/services/",
        "",
    ];
    for path in nothing {
        let answer = api.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        assert!(answer.is_problem(), "{path}: {answer:?}");
    }
    for path in [
        "/services?ownr=x",
        "/services?limit=0",
        "/services?limit=201",
        "/services?page=x",
        "/services?q=%00",
        "/deploys?state=done",
        "/deploys?from=today",
        "/dora?days=0",
        "/dora?to=2026-01-01",
        "/dora?team=nobody",
        "/dora?service=nobody",
        "/dora?from=9999-01-01",
        "/dora?edition=1900",
        "/dora/deploys?set=all",
        "/dora?from=2026-02-01&to=2026-01-01",
        "/services?limit=5&limit=6",
    ] {
        let answer = api.get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {answer:?}"
        );
        assert!(
            answer.is_problem() && answer.fields().len() == 1,
            "{path}: {answer:?}"
        );
    }
    let method = answer(api.request(Method::PUT, "/services")).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.is_problem(), "{method:?}");
    let allowed = method.headers[header::ALLOW].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}
