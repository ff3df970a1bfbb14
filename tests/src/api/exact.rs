//! What may not be said of a deploy or an incident, and what a figure says of the corrections in it.

use super::*;

async fn figures(api: &Api, days: u32) -> Value {
    let answer = api.get(&format!("/dora?service=payments&days={days}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

fn correction(field: &str, value: impl std::fmt::Display) -> Value {
    json!({ "field": field, "value": value.to_string(), "reason": "it was so" })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_figure_says_how_many_rows_corrections_touched_also_those_that_are_gone(pool: PgPool) {
    let api = Api::with_service(pool).await;
    for (version, days) in [("1.0.0", 20), ("1.1.0", 15), ("1.2.0", 6), ("1.3.0", 4)] {
        api.deployed(version, days).await;
    }
    let moved = api
        .post(
            "/deploys",
            &json!({ "service": "payments", "environment": "production", "version": "1.4.0", "requested_at": ago(3),
                "phases": [{ "state": "succeeded", "at": ago(3) }] }),
        )
        .await
        .id();
    let corrected = |body: &Value| {
        let of = |metric: &str| body["figures"][metric]["corrected"].as_u64().unwrap();
        ["frequency", "change_fail_rate", "rework"].map(of)
    };
    let before = figures(&api, 30).await;
    assert_eq!(
        (corrected(&before), &before["figures"]["frequency"]["total"]),
        ([0; 3], &json!(5))
    );

    let excluded = before_id(&api, "1.2.0").await;
    let said = api
        .post(
            &format!("/deploys/{excluded}/corrections"),
            &correction("exclude", "true"),
        )
        .await;
    assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    let after = figures(&api, 30).await;
    assert_eq!(after["figures"]["frequency"]["total"], 4);
    assert_eq!(corrected(&after), [1; 3], "it has no row any more");

    let path = format!("/deploys/{moved}/corrections");
    let said = api.post(&path, &correction("exposed", ago(1).to_rfc3339())).await;
    assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    let whole = figures(&api, 30).await;
    assert_eq!(
        whole["figures"]["frequency"]["corrected"], 2,
        "moved within the range"
    );
    assert_eq!(whole["coverage"]["corrections"], 2);
    let said = api.post(&path, &correction("exposed", "never")).await;
    assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    let gone = figures(&api, 30).await;
    assert_eq!(gone["figures"]["frequency"]["total"], 3);
    assert_eq!(gone["figures"]["frequency"]["corrected"], 2);
    assert_eq!(gone["coverage"]["corrections"], 2);

    let sheet = client()
        .get(api.app.url("/dora.csv?service=payments&range=30"))
        .send()
        .await
        .unwrap();
    let sheet = sheet.text().await.unwrap();
    let (head, frequency) = {
        let mut lines = sheet.lines();
        (lines.next().unwrap().to_owned(), lines.next().unwrap().to_owned())
    };
    assert!(
        head.ends_with(",corrected") && frequency.ends_with(",2"),
        "{sheet}"
    );
    let page = client()
        .get(api.app.url("/dora?service=payments&range=30"))
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains("2 corrected"));
}

async fn before_id(api: &Api, version: &str) -> String {
    let list = api.get("/deploys?service=payments").await.body;
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|deploy| deploy["version"] == version);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_exposure_lies_between_the_request_and_the_end(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let id = api.deployed("1.0.0", 9).await;
    api.deployed("1.1.0", 6).await;
    let path = format!("/deploys/{id}/corrections");
    for wrong in [
        "2099-01-01T00:00:00Z".to_owned(),
        "2001-01-01T00:00:00Z".to_owned(),
        (ago(9) - TimeDelta::hours(1)).to_rfc3339(),
        (ago(6) + TimeDelta::hours(1)).to_rfc3339(),
    ] {
        let refused = api.post(&path, &correction("exposed", &wrong)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.fields(), ["value"]);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("when this deploy was asked for"), "{message}");
        assert!(
            message.contains("when the next deploy took its place"),
            "{message}"
        );
    }
    let taken = api.post(&path, &correction("exposed", ago(8).to_rfc3339())).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{taken:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deploy_fixes_and_undoes_earlier_ones_only(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let early = api.deployed("1.0.0", 9).await;
    let late = api.deployed("1.1.0", 6).await;
    let refused = api
        .post(
            &format!("/deploys/{early}/corrections"),
            &correction("fixes", &late),
        )
        .await;
    assert_eq!(
        (refused.status, refused.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["value"])
    );
    let taken = api
        .post(
            &format!("/deploys/{late}/corrections"),
            &correction("fixes", &early),
        )
        .await;
    assert_eq!(taken.status, StatusCode::CREATED, "{taken:?}");
    let undoes = json!({ "service": "payments", "environment": "production", "version": "0.9", "rollback_of": late,
        "requested_at": ago(8) });
    assert_eq!(api.post("/deploys", &undoes).await.fields(), ["rollback_of"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_deploy_takes_one_release(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let report = |version: &str, state: &str| {
        json!({ "service": "payments", "environment": "production", "version": version, "external_id": "build 7",
            "requested_at": ago(2), "phases": [{ "state": state, "at": ago(2) }] })
    };
    let id = api.post("/deploys", &report("1.0.0", "deploy")).await.id();
    let other = api.post("/deploys", &report("1.0.1", "succeeded")).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "while it is open");
    assert!(other.is_problem());
    assert_eq!(
        api.post("/deploys", &report("1.0.0", "succeeded")).await.status,
        StatusCode::OK
    );
    let other = api.post("/deploys", &report("1.0.1", "succeeded")).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "when it is finished");
    let detail = other.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("version 1.0.0, not 1.0.1") && detail.contains("external_id of its own"),
        "{detail}"
    );
    let kept = api.get(&format!("/deploys/{id}")).await.body;
    assert_eq!(
        (&kept["version"], &kept["state"]),
        (&json!("1.0.0"), &json!("succeeded"))
    );
    assert_eq!(kept["phases"].as_array().unwrap().len(), 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn names_with_characters_that_cannot_be_seen_are_refused(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let deploy = |field: &str, value: &str| {
        let mut body = json!({ "service": "payments", "environment": "production", "version": "1" });
        body[field] = json!(value);
        body
    };
    for (field, value) in [
        ("environment", "\u{202e}production"),
        ("environment", "prod\u{200b}uction"),
        ("environment", "production\n2"),
        ("version", "1.0\u{2066}"),
        ("external_id", "run\u{a0}1"),
        ("initiator", "ada\u{202e}"),
    ] {
        let refused = api.post("/deploys", &deploy(field, value)).await;
        assert_eq!(refused.fields(), [field], "{value:?}: {refused:?}");
    }
    let incident =
        json!({ "service": "payments", "title": "Down\u{202e}", "severity": 1, "external_id": "a\u{200b}" });
    assert_eq!(
        api.post("/incidents", &incident).await.fields(),
        ["external_id", "title"]
    );
    let service = json!({ "name": "orders", "owner": "team-payments", "title": "Ord\u{202e}ers" });
    assert_eq!(api.post("/services", &service).await.fields(), ["title"]);
    let emoji = json!({ "name": "orders", "owner": "team-payments", "title": "\u{2699}\u{fe0f} Orders" });
    assert_eq!(api.post("/services", &emoji).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_steps_of_an_incident_follow_each_other_and_its_cause_came_before(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let cause = api.deployed("1.0.0", 5).await;
    let incident = |detected: i64, triaged: i64, mitigated: i64, resolved: i64| {
        json!({ "service": "payments", "title": "Down", "severity": 1, "external_id": "INC-9", "detected_at": ago(detected),
            "triaged_at": ago(triaged), "mitigated_at": ago(mitigated), "resolved_at": ago(resolved) })
    };
    for (times, field) in [
        ((4, 5, 3, 2), "triaged_at"),
        ((4, 2, 3, 1), "mitigated_at"),
        ((4, 3, 2, 3), "resolved_at"),
        ((4, 3, 2, -1), "resolved_at"),
    ] {
        let (detected, triaged, mitigated, resolved) = times;
        let refused = api
            .post("/incidents", &incident(detected, triaged, mitigated, resolved))
            .await;
        assert!(refused.fields().contains(&field), "{times:?}: {refused:?}");
    }
    let mut late = incident(6, 6, 5, 4);
    late["caused_by"] = json!([cause]);
    let refused = api.post("/incidents", &late).await;
    assert_eq!(refused.fields(), ["caused_by[0]"], "{refused:?}");
    let mut good = incident(4, 4, 3, 3);
    good["caused_by"] = json!([cause]);
    assert_eq!(api.post("/incidents", &good).await.status, StatusCode::CREATED);
    let later = json!({ "service": "payments", "title": "Down", "severity": 1, "external_id": "INC-9",
        "mitigated_at": ago(2) });
    let refused = api.post("/incidents", &later).await;
    assert_eq!(refused.fields(), ["resolved_at"], "with what earlier reports say");
    let moved = json!({ "service": "payments", "title": "Down", "severity": 1, "external_id": "INC-9",
        "detected_at": ago(7) });
    assert_eq!(api.post("/incidents", &moved).await.fields(), ["caused_by[0]"]);
    // Should the deploy itself be moved, the incident is not followed any more, and the deploy says so.
    let path = format!("/deploys/{cause}/corrections");
    let said = api
        .post(
            &path,
            &correction("exposed", (ago(4) + TimeDelta::hours(1)).to_rfc3339()),
        )
        .await;
    assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    let deploy = api.get(&format!("/deploys/{cause}")).await.body;
    assert_eq!(deploy["failed"], false);
    assert!(
        deploy["ignored"][0].as_str().unwrap().contains("detected at"),
        "{deploy:#}"
    );
}
