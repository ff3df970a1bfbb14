//! Actors × routes: nobody without a token, nobody without the scope, and what a token's end means.

use super::*;

/// Every route with what a caller needs to get further than the door.
const ROUTES: [(&str, &str, Scope); 26] = [
    ("GET", "/services", Scope::Read),
    ("GET", "/services/payments", Scope::Read),
    ("GET", "/services/payments/deploys", Scope::Read),
    ("GET", "/deploys", Scope::Read),
    (
        "GET",
        "/deploys/00000000-0000-7000-8000-000000000000",
        Scope::Read,
    ),
    (
        "GET",
        "/incidents/00000000-0000-7000-8000-000000000000",
        Scope::Read,
    ),
    ("GET", "/incidents", Scope::Read),
    ("GET", "/deliveries", Scope::Read),
    (
        "GET",
        "/deliveries/00000000-0000-7000-8000-000000000000",
        Scope::Read,
    ),
    ("GET", "/unmatched", Scope::Read),
    ("GET", "/jobs", Scope::Read),
    ("GET", "/dora", Scope::Read),
    ("GET", "/dora/deploys", Scope::Read),
    ("GET", "/dora/changes", Scope::Read),
    ("GET", "/environments", Scope::Read),
    ("POST", "/services", Scope::CatalogWrite),
    ("POST", "/deploys", Scope::DeploysWrite),
    (
        "POST",
        "/deploys/00000000-0000-7000-8000-000000000000/phases",
        Scope::DeploysWrite,
    ),
    (
        "POST",
        "/deploys/00000000-0000-7000-8000-000000000000/corrections",
        Scope::CorrectionsWrite,
    ),
    (
        "POST",
        "/deploys/00000000-0000-7000-8000-000000000000/cancel",
        Scope::DeploysWrite,
    ),
    (
        "POST",
        "/deploys/00000000-0000-7000-8000-000000000000/confirm",
        Scope::DeploysWrite,
    ),
    (
        "POST",
        "/deploys/00000000-0000-7000-8000-000000000000/rollback",
        Scope::DeploysWrite,
    ),
    ("POST", "/gates", Scope::DeploysWrite),
    (
        "GET",
        "/gates/00000000-0000-7000-8000-000000000000",
        Scope::DeploysWrite,
    ),
    ("POST", "/incidents", Scope::IncidentsWrite),
    (
        "DELETE",
        "/corrections/00000000-0000-7000-8000-000000000000?reason=wrong",
        Scope::CorrectionsWrite,
    ),
];

/// A body that each route takes, so that only the scope decides.
fn body(path: &str) -> Value {
    match path {
        "/services" => json!({ "name": "orders", "owner": "team-orders" }),
        "/deploys" => json!({ "service": "payments", "environment": "staging", "version": "1" }),
        "/incidents" => json!({ "service": "payments", "title": "Slow", "severity": 3 }),
        "/gates" => json!({
            "service": "payments", "environment": "staging", "sha": "a".repeat(40), "run_id": 7, "job": "deploy",
        }),
        path if ["/cancel", "/confirm", "/rollback"]
            .iter()
            .any(|end| path.ends_with(end)) =>
        {
            json!({ "reason": "a test of ours" })
        }
        path if path.ends_with("/phases") => json!({ "state": "deploy" }),
        _ => json!({ "field": "exclude", "reason": "a test of ours" }),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_scope_opens_its_own_routes_and_no_other(pool: PgPool) {
    let mut api = Api::with_service(pool).await;
    let mut seed = 20;
    for held in Scope::ALL {
        seed += 1;
        api.secret = token(&api.app, &[held], seed).await.1;
        for (method, path, needed) in ROUTES {
            let request = api.request(method.parse().unwrap(), path);
            let request = if method == "POST" {
                request.json(&body(path))
            } else {
                request
            };
            let answer = answer(request).await;
            let denied = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(
                denied,
                held != needed,
                "{method} {path} with {held:?}: {answer:?}"
            );
            assert!(!answer.status.is_server_error(), "{method} {path}: {answer:?}");
            if denied {
                assert!(answer.is_problem());
                assert!(answer.body["detail"].as_str().unwrap().contains(needed.as_str()));
            }
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_lacks_the_scope_is_told_so_whatever_they_send(pool: PgPool) {
    let mut api = Api::with_service(pool).await;
    api.secret = token(&api.app, &[Scope::Read], 30).await.1;
    let mut asked = 0;
    for (method, path, needed) in ROUTES {
        if method == "GET" {
            continue;
        }
        let bare = path.split('?').next().unwrap();
        for (place, kind, body) in [
            (path, "application/json", "{}"),
            (path, "application/json", "no JSON"),
            (path, "text/plain", ""),
            (bare, "application/json", "{\"service\": 7}"),
        ] {
            let request = api.request(method.parse().unwrap(), place);
            let answer = answer(request.header(header::CONTENT_TYPE, kind).body(body)).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {place} {kind} {body}"
            );
            assert!(answer.body["detail"].as_str().unwrap().contains(needed.as_str()));
            asked += 1;
        }
    }
    assert_eq!(asked, 4 * 10, "every route that writes");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_a_token_that_works_no_route_answers(pool: PgPool) {
    let mut api = Api::with_service(pool).await;
    let (revoked, old) = token(&api.app, &Scope::ALL, 31).await;
    let by = Viewer::trusted(Actor::CommandLine);
    api.app.commands.revoke_token(&by, revoked.id).await.unwrap();
    let unknown = domain::tokens::secret([99; SECRET_BYTES]);
    for secret in ["", "fwy_nonsense", &unknown, &old] {
        secret.clone_into(&mut api.secret);
        for (method, path, _) in ROUTES {
            let answer = answer(api.request(method.parse().unwrap(), path)).await;
            assert_eq!(
                answer.status,
                StatusCode::UNAUTHORIZED,
                "{method} {path} {secret:?}"
            );
            assert!(answer.is_problem(), "{answer:?}");
            assert!(
                answer.headers[header::WWW_AUTHENTICATE]
                    .to_str()
                    .unwrap()
                    .starts_with("Bearer")
            );
        }
    }
    let none = answer(client().get(api.app.url("/api/v1/services"))).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_ends_is_noted_when_used_and_makes_no_others(pool: PgPool) {
    let api = Api::start(pool.clone()).await;
    let used = || {
        count(
            &pool,
            "select count(*) from tokens where last_used_at is not null",
        )
    };
    assert_eq!(used().await, 0);
    assert_eq!(api.get("/services").await.status, StatusCode::OK);
    assert_eq!(used().await, 1);
    let stored = count(
        &pool,
        "select count(*) from tokens t where t::text like '%fwy\\_%'",
    )
    .await;
    assert_eq!(stored, 0, "no secret is stored");
    let audited = "select count(*) from audit where action = 'token.create' and after->>'name' = 'CI'";
    assert_eq!(count(&pool, audited).await, 1);

    let token = Viewer::token(
        domain::ids::TokenId(uuid::Uuid::nil()),
        "CI".into(),
        Scope::ALL.to_vec(),
    );
    let new = NewToken::parse("more", &["read".to_owned()], 1, Utc::now()).unwrap();
    assert!(
        api.app
            .commands
            .create_token(&token, new, [1; SECRET_BYTES])
            .await
            .is_err()
    );

    sqlx::query("update tokens set expires_at = now()")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(api.get("/services").await.status, StatusCode::UNAUTHORIZED);
}
