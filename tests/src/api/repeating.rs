//! Idempotency-Key: one effect and one answer, however often and however close together a request comes.

use super::*;

fn deploy() -> Value {
    json!({ "service": "payments", "environment": "production", "version": "1.0.0" })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_request_gets_the_first_answer_and_does_nothing(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    let first = api.post_with_key("k1", "/deploys", &deploy()).await;
    let again = api.post_with_key("k1", "/deploys", &deploy()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers[header::LOCATION], first.headers[header::LOCATION]);
    assert_eq!(count(&pool, "select count(*) from deploys").await, 1);
    assert_eq!(
        count(&pool, "select count(*) from audit where action = 'deploy.report'").await,
        1
    );

    let without = api.post("/deploys", &deploy()).await;
    assert_ne!(
        without.id(),
        first.id(),
        "without a key each request is another deploy"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_belongs_to_one_request_of_one_token(pool: PgPool) {
    let mut api = Api::with_service(pool.clone()).await;
    let first = api.post_with_key("k1", "/deploys", &deploy()).await;
    let mut other = deploy();
    other["version"] = "2.0.0".into();
    let refused = api.post_with_key("k1", "/deploys", &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.is_problem()
            && refused.body["detail"]
                .as_str()
                .unwrap()
                .contains("another request")
    );
    let incident = json!({ "service": "payments", "title": "Slow", "severity": 3 });
    let refused = api.post_with_key("k1", "/incidents", &incident).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    api.secret = token(&api.app, &Scope::ALL, 40).await.1;
    let theirs = api.post_with_key("k1", "/deploys", &deploy()).await;
    assert_eq!(theirs.status, StatusCode::CREATED);
    assert_ne!(theirs.id(), first.id());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_refused_request_leaves_its_key_free(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    let mut wrong = deploy();
    wrong["service"] = "nobody".into();
    let refused = api.post_with_key("k1", "/deploys", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(count(&pool, "select count(*) from idempotency_keys").await, 0);
    let corrected = api.post_with_key("k1", "/deploys", &deploy()).await;
    assert_eq!(corrected.status, StatusCode::CREATED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn twins_at_the_same_moment_have_one_effect_and_one_answer(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    for round in 0..5 {
        let key = format!("round-{round}");
        let body = json!({ "service": "payments", "title": "Slow", "severity": 2 });
        let twins = (0..8).map(|_| api.post_with_key(&key, "/incidents", &body));
        let answers = futures::future::join_all(twins).await;
        for answer in &answers {
            assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
            assert_eq!(answer.body, answers[0].body);
        }
        assert_eq!(count(&pool, "select count(*) from incidents").await, round + 1);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_kind_of_report_is_remembered(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    let id = api.post("/deploys", &deploy()).await.id();
    let reports = [
        (
            format!("/deploys/{id}/phases"),
            json!({ "state": "succeeded" }),
            "select count(*) from deploy_events",
        ),
        (
            format!("/deploys/{id}/corrections"),
            json!({ "field": "exclude", "reason": "a rehearsal" }),
            "select count(*) from corrections",
        ),
        (
            "/services".to_owned(),
            json!({ "name": "orders", "owner": "team-orders" }),
            "select count(*) from services",
        ),
    ];
    for (path, body, rows) in reports {
        let first = api.post_with_key(&path, &path, &body).await;
        let before = count(&pool, rows).await;
        let again = api.post_with_key(&path, &path, &body).await;
        assert!(first.status.is_success(), "{first:?}");
        assert_eq!((again.status, again.body), (first.status, first.body), "{path}");
        assert_eq!(count(&pool, rows).await, before, "{path}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_senders_own_identity_updates_instead_of_repeating(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    let mut body = deploy();
    body["external_id"] = "run-1".into();
    let first = api.post("/deploys", &body).await;
    body["phases"] = json!([{ "state": "succeeded" }]);
    let second = api.post("/deploys", &body).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.id(), second.id());
    let deploy = api.get(&format!("/deploys/{}", first.id())).await;
    assert_eq!(deploy.body["state"], "succeeded", "{deploy:?}");
}
