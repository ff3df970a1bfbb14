//! From reports to figures: phases in any order, incidents that fail deploys, corrections and their undoing.

use super::*;

async fn figure(api: &Api, pointer: &str) -> Value {
    let answer = api.get("/dora?service=payments&days=30").await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let found = answer.body.pointer(pointer).cloned();
    found.unwrap_or_else(|| panic!("{pointer} in {:#}", answer.body))
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn phases_in_any_order_give_one_deploy(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let begun = ago(2);
    let body =
        json!({ "service": "payments", "environment": "production", "version": "1", "requested_at": begun });
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let id = api.post("/deploys", &body).await.id();
        let phases = [
            json!({ "state": "deploy", "at": begun + TimeDelta::minutes(1) }),
            json!({ "state": "verify", "at": begun + TimeDelta::minutes(3) }),
            json!({ "state": "succeeded", "at": begun + TimeDelta::minutes(8) }),
        ];
        for index in order.into_iter().chain(order) {
            let noted = api.post(&format!("/deploys/{id}/phases"), &phases[index]).await;
            assert_eq!(noted.status, StatusCode::OK, "{noted:?}");
        }
        let deploy = api.get(&format!("/deploys/{id}")).await.body;
        seen.push([
            deploy["state"].clone(),
            deploy["started_at"].clone(),
            deploy["exposed_at"].clone(),
        ]);
        assert_eq!(deploy["phases"].as_array().unwrap().len(), 4, "{deploy:#}");
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[0][0], "succeeded");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_incident_fails_its_deploy_once_and_mitigation_restores_it(pool: PgPool) {
    let api = Api::with_service(pool).await;
    api.deployed("1.0.0", 9).await;
    let cause = api.deployed("1.1.0", 6).await;
    api.deployed("1.2.0", 3).await;
    assert_eq!(figure(&api, "/figures/change_fail_rate/failed").await, 0);
    assert_eq!(figure(&api, "/figures/change_fail_rate/mature").await, 3);

    for external in ["INC-1", "INC-2"] {
        let body = json!({
            "service": "payments", "title": "Checkout answers 500", "severity": 1, "external_id": external,
            "detected_at": ago(5), "caused_by": [cause],
        });
        let reported = api.post("/incidents", &body).await;
        assert_eq!(reported.status, StatusCode::CREATED, "{reported:?}");
        assert_eq!(
            figure(&api, "/figures/change_fail_rate/failed").await,
            1,
            "a second incident changes nothing"
        );
    }
    let deploy = api.get(&format!("/deploys/{cause}")).await.body;
    assert_eq!(
        (&deploy["failed"], &deploy["failure_cause"]),
        (&json!(true), &json!("incident"))
    );
    assert_eq!(figure(&api, "/figures/recovery/open").await, 1);

    let mitigated = json!({
        "service": "payments", "title": "Checkout answers 500", "severity": 1, "external_id": "INC-1",
        "detected_at": ago(5), "mitigated_at": ago(4),
    });
    let updated = api.post("/incidents", &mitigated).await;
    assert_eq!(updated.status, StatusCode::OK, "{updated:?}");
    let incident = api.get(&format!("/incidents/{}", updated.id())).await.body;
    assert_eq!(incident["caused_by"], json!([cause]), "what is left out stays");

    let early = json!({
        "service": "payments", "title": "x", "severity": 1, "detected_at": ago(1), "resolved_at": ago(2),
    });
    assert_eq!(api.post("/incidents", &early).await.fields(), ["resolved_at"]);
    let rows = api
        .get("/dora/deploys?service=payments&set=failed&days=30")
        .await
        .body;
    assert_eq!(
        rows["items"].as_array().unwrap().len(),
        1,
        "the rows add up to the figure"
    );
    assert_eq!(rows["items"][0]["id"], json!(cause));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_correction_changes_the_figures_and_its_undoing_changes_them_back(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    api.deployed("1.0.0", 9).await;
    let id = api.deployed("1.1.0", 6).await;
    assert_eq!(figure(&api, "/figures/frequency/total").await, 2);

    let path = format!("/deploys/{id}/corrections");
    for (body, field) in [
        (json!({ "field": "exclude", "reason": "x" }), "reason"),
        (json!({ "field": "exclude", "reason": "nul \0 inside" }), "reason"),
        (json!({ "field": "colour", "reason": "a reason" }), "field"),
        (
            json!({ "field": "kind", "value": "great", "reason": "a reason" }),
            "value",
        ),
        (
            json!({ "field": "fixes", "value": id, "reason": "a reason" }),
            "value",
        ),
    ] {
        let refused = api.post(&path, &body).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field]),
            "{body}"
        );
    }
    let corrected = api
        .post(&path, &json!({ "field": "exclude", "reason": "a rehearsal" }))
        .await;
    assert_eq!(corrected.status, StatusCode::CREATED, "{corrected:?}");
    assert_eq!(figure(&api, "/figures/frequency/total").await, 1);
    assert_eq!(figure(&api, "/coverage/corrections").await, 1);

    let undo = |reason: &str| {
        let path = format!("/corrections/{}?reason={reason}", corrected.id());
        answer(api.request(Method::DELETE, &path))
    };
    assert_eq!(undo("").await.fields(), ["reason"]);
    assert_eq!(undo("not+a+rehearsal").await.status, StatusCode::NO_CONTENT);
    let again = undo("not+a+rehearsal").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.is_problem());
    assert_eq!(figure(&api, "/figures/frequency/total").await, 2);
    let detail = api.get(&format!("/deploys/{id}")).await.body;
    assert_eq!(
        detail["corrections"].as_array().unwrap().len(),
        1,
        "both stay in the record"
    );
    let audited = "select count(*) from audit where actor_kind = 'token' and reason is not null";
    assert_eq!(count(&pool, audited).await, 2);
}
