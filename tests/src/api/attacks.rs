//! The API as somebody meets it who means harm or whose code is broken: whatever is sent, it is refused with words or
//! taken, and never breaks anything.

use super::*;

/// A body that each route takes, with all its fields.
fn whole(id: &str) -> Vec<(String, Value)> {
    vec![
        (
            "/services".into(),
            json!({
                "name": "orders", "namespace": "default", "title": "Orders", "description": "d", "type": "service",
                "lifecycle": "production", "tier": 2, "owner": "team-orders", "repository": "acme/orders", "paths": ["a/**"],
                "health_url": "https://orders.example/healthz", "tags": ["a"],
                "links": [{ "url": "https://orders.example", "title": "t" }],
            }),
        ),
        (
            "/deploys".into(),
            json!({
                "service": "payments", "environment": "staging", "sha": "a".repeat(40), "version": "1",
                "digest": format!("sha256:{}", "b".repeat(64)), "git_ref": "main", "kind": "normal", "strategy": "rolling",
                "rollback_of": id, "external_id": "run-1", "requested_at": ago(1), "description": "d",
                "log_url": "https://ci.example/1", "environment_url": "https://staging.example", "initiator": "ada",
                "phases": [{ "state": "succeeded", "at": ago(0), "exposed": true, "weight": 100, "note": "n" }],
            }),
        ),
        (
            format!("/deploys/{id}/phases"),
            json!({ "state": "verify", "at": ago(0), "exposed": true, "weight": 5, "note": "n" }),
        ),
        (
            format!("/deploys/{id}/corrections"),
            json!({ "field": "kind", "value": "config", "reason": "it only changed a flag" }),
        ),
        (
            "/incidents".into(),
            json!({
                "service": "payments", "external_id": "INC-1", "title": "Slow", "severity": 3, "detected_at": ago(1),
                "triaged_at": ago(0), "mitigated_at": ago(0), "resolved_at": ago(0), "url": "https://pager.example/1",
                "caused_by": [id],
            }),
        ),
    ]
}

/// Values that some field somewhere does not expect.
fn hostile() -> Vec<Value> {
    let mut values: Vec<Value> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}gnp.exe",
        "🚢🚢🚢",
        "e\u{301}",
        "\u{feff}",
        "../../etc/passwd",
        "' or 1=1 --",
        "<script>alert(1)</script>",
        "%00",
        "\r\nset-cookie: a=b",
        "-1",
        "9999-12-31T23:59:59Z",
        "0000-00-00T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:60+99:99",
        "00000000-0000-0000-0000-000000000000",
        "javascript:alert(1)",
        "http://[::1",
        "sha256:",
        "NaN",
    ]
    .map(Value::from)
    .into();
    values.extend([
        json!("x".repeat(100_000)),
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.5),
        json!([]),
        json!({}),
        json!([null]),
        json!([["a"]]),
        json!(vec!["x"; 1000]),
        json!({ "a": { "b": [1] } }),
    ]);
    values
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_value_in_any_field_breaks_a_report(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let id = api.deployed("1.0.0", 3).await;
    let mut refused = 0;
    for (path, good) in whole(&id) {
        for field in good.as_object().unwrap().keys() {
            for value in hostile() {
                let mut body = good.clone();
                body[field] = value.clone();
                let answer = api.post(&path, &body).await;
                let shown = value.to_string().chars().take(40).collect::<String>();
                let place = format!("{path} {field} = {shown}: {answer:?}");
                if answer.status.is_success() || answer.status == StatusCode::CONFLICT {
                    continue;
                }
                refused += 1;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
                assert!(answer.is_problem(), "{place}");
                let named = answer
                    .fields()
                    .iter()
                    .any(|named| named.starts_with(field.as_str()));
                // What a deploy is may be said by any of three fields, so the first of them speaks for all; and what it
                // undoes is one of its own service.
                let another = ["sha", "rollback_of"]
                    .iter()
                    .any(|other| answer.fields().contains(other));
                assert!(named || (path == "/deploys" && another), "{place}");
                let errors = answer.body["errors"].as_array().unwrap();
                let words = |error: &Value| error["message"].as_str().unwrap().to_owned();
                assert!(
                    errors.iter().all(|error| (5..400).contains(&words(error).len())),
                    "{place}"
                );
            }
        }
    }
    assert!(refused > 500, "{refused} were refused");
    let health = api.get("/services/payments").await;
    assert_eq!(
        health.status,
        StatusCode::OK,
        "what was taken can be read: {health:?}"
    );
    for path in [
        "/deploys",
        "/incidents",
        "/services",
        "/dora?days=30",
        "/environments",
    ] {
        assert_eq!(api.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_query_breaks_a_list(pool: PgPool) {
    let api = Api::with_service(pool).await;
    api.deployed("1.0.0", 3).await;
    let values = [
        "",
        "%00",
        "%ff",
        "%F0%9F%9A%A2",
        "'",
        "-1",
        "1e9",
        "99999999999999999999",
        "null",
        "AAAA",
        "eF95",
        "%2500",
        "2026-13-01",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
        "true",
        "production",
    ];
    let names = [
        "q",
        "owner",
        "tier",
        "health",
        "sort",
        "reverse",
        "page",
        "limit",
        "service",
        "team",
        "environment",
        "class",
        "state",
        "kind",
        "outcome",
        "from",
        "to",
        "open",
        "status",
        "event",
        "days",
        "edition",
        "set",
        "unknown",
    ];
    for path in [
        "/services",
        "/services/payments/deploys",
        "/deploys",
        "/incidents",
        "/deliveries",
        "/unmatched",
        "/jobs",
        "/dora",
        "/dora/deploys",
        "/dora/changes",
    ] {
        for name in names {
            for value in values {
                let answer = api.get(&format!("{path}?{name}={value}")).await;
                let place = format!("{path}?{name}={value}: {answer:?}");
                match answer.status {
                    StatusCode::OK => {}
                    StatusCode::UNPROCESSABLE_ENTITY => assert!(answer.is_problem(), "{place}"),
                    _ => panic!("{place}"),
                }
            }
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_ends_before_it_began(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let body = |requested: i64, phase: i64| {
        json!({
            "service": "payments", "environment": "production", "version": "1", "external_id": "run-1",
            "requested_at": ago(requested), "phases": [{ "state": "succeeded", "at": ago(phase) }],
        })
    };
    let early = api.post("/deploys", &body(2, 3)).await;
    assert_eq!(early.fields(), ["phases[0].at"], "{early:?}");
    let deploy = api.post("/deploys", &body(2, 1)).await;
    assert_eq!(deploy.status, StatusCode::CREATED);

    // Clocks differ, so a phase may come with an earlier time than the deploy; then the deploy began earlier.
    let phases = format!("/deploys/{}/phases", deploy.id());
    let early = api
        .post(&phases, &json!({ "state": "verify", "at": ago(3) }))
        .await;
    assert_eq!(early.status, StatusCode::OK, "{early:?}");
    let detail = api.get(&format!("/deploys/{}", deploy.id())).await.body;
    let at = |name: &str| detail[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(
        at("requested_at") <= at("started_at") && at("started_at") <= at("exposed_at"),
        "{detail:#}"
    );
    assert!(at("exposed_at") <= at("finished_at"), "{detail:#}");

    // A sender that leaves requested_at out may report what happened a moment ago.
    let mut late = body(0, 1);
    late.as_object_mut().unwrap().remove("requested_at");
    let noted = api.post("/deploys", &late).await;
    assert_eq!(
        (noted.status, noted.id()),
        (StatusCode::OK, deploy.id()),
        "{noted:?}"
    );
    late["external_id"] = "run-2".into();
    let new = api.post("/deploys", &late).await;
    assert_eq!(new.status, StatusCode::CREATED, "{new:?}");
    let new = api.get(&format!("/deploys/{}", new.id())).await.body;
    assert_eq!(new["requested_at"], new["finished_at"], "{new:#}");

    let ahead = api
        .post(&phases, &json!({ "state": "verify", "at": ago(-1) }))
        .await;
    assert_eq!(ahead.fields(), ["at"], "{ahead:?}");
    let incident = json!({
        "service": "payments", "title": "Slow", "severity": 3, "external_id": "INC-1", "detected_at": ago(2), "resolved_at": ago(3),
    });
    assert_eq!(api.post("/incidents", &incident).await.fields(), ["resolved_at"]);
    let open = json!({ "service": "payments", "title": "Slow", "severity": 3, "external_id": "INC-1", "detected_at": ago(2) });
    assert_eq!(api.post("/incidents", &open).await.status, StatusCode::CREATED);
    let over = json!({ "service": "payments", "title": "Slow", "severity": 3, "external_id": "INC-1", "mitigated_at": ago(3) });
    assert_eq!(api.post("/incidents", &over).await.fields(), ["mitigated_at"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_expired_token_cannot_fetch_what_its_key_stood_for(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    let body = json!({ "service": "payments", "environment": "production", "version": "1.0.0" });
    assert_eq!(
        api.post_with_key("k1", "/deploys", &body).await.status,
        StatusCode::CREATED
    );
    sqlx::query("update tokens set expires_at = now()")
        .execute(&pool)
        .await
        .unwrap();
    let refused = api.post_with_key("k1", "/deploys", &body).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("fairway token create"),
        "{refused:?}"
    );
    assert_eq!(count(&pool, "select count(*) from deploys").await, 1);
}
