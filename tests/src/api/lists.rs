//! Lists page by key, forwards, each row once, whatever the size of the page.

use super::*;

pub async fn pages(api: &Api, path: &str, id: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let answer = api.get(&format!("{path}{next}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let items = answer.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item[id].as_str().unwrap().to_owned()));
        match answer.body["next"].as_str() {
            Some(cursor) => next = format!("&page={cursor}"),
            None => return seen,
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn services_come_in_pages_of_any_sort(pool: PgPool) {
    let api = Api::start(pool).await;
    for name in ["a", "b", "c", "d", "e"] {
        api.register(name).await;
    }
    for sort in ["name", "owner", "tier", "health", "last_deploy", "incidents"] {
        let mut seen = pages(&api, &format!("/services?limit=2&sort={sort}"), "slug").await;
        seen.sort();
        assert_eq!(seen, ["a", "b", "c", "d", "e"], "{sort}");
    }
    let reversed = pages(&api, "/services?limit=2&reverse=true", "slug").await;
    assert_eq!(reversed, ["e", "d", "c", "b", "a"]);
    assert_eq!(pages(&api, "/services?limit=2&q=c", "slug").await, ["c"]);
    for owner in ["team-payments", "Team-PAYMENTS"] {
        let path = format!("/services?limit=2&owner={owner}&tier=1");
        assert_eq!(pages(&api, &path, "slug").await.len(), 5, "{owner}");
    }
    assert!(pages(&api, "/services?limit=2&tier=2", "slug").await.is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deploys_come_newest_first_and_figures_list_their_rows(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let mut ids = Vec::new();
    for days in (1..=5).rev() {
        ids.push(api.deployed(&format!("1.{days}"), days).await);
    }
    ids.reverse();
    for path in [
        "/deploys?limit=2",
        "/services/payments/deploys?limit=2",
        "/deploys?limit=2&service=payments&state=succeeded",
    ] {
        assert_eq!(pages(&api, path, "id").await, ids, "{path}");
    }
    assert_eq!(pages(&api, "/dora/deploys?limit=2&days=30", "id").await, ids);
    assert!(
        pages(&api, "/dora/changes?limit=2&unknown=true", "change")
            .await
            .is_empty()
    );
    assert!(
        pages(&api, "/deploys?limit=2&environment=nowhere", "id")
            .await
            .is_empty()
    );

    let service = api.get("/services/payments").await.body;
    assert_eq!(
        service["running"][0]["deploy"]["id"],
        json!(ids[0]),
        "{service:#}"
    );
    let entity = api.get("/catalog/COMPONENT/default/Payments").await;
    assert_eq!(
        entity.body["document"]["metadata"]["name"], "payments",
        "{entity:?}"
    );
    let environments = api.get("/environments").await.body;
    assert_eq!(environments["items"][0]["class"], "production");
    assert_eq!(api.get("/teams").await.body["items"][0]["slug"], "team-payments");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn teams_are_those_of_the_page_and_its_csv(pool: PgPool) {
    let api = Api::start(pool.clone()).await;
    api.register("payments").await;
    // A Group of the catalog that owns nothing yet.
    sqlx::query(
        "insert into teams (id, slug, title, description, declared, created_at)
         values (gen_random_uuid(), 'research', 'Research', 'Looks ahead', true, now())",
    )
    .execute(&pool)
    .await
    .unwrap();
    let teams = api.get("/teams").await.body["items"].clone();
    let of = |slug: &str| {
        let rows = teams.as_array().unwrap();
        let row = rows.iter().find(|row| row["slug"] == slug);
        row.unwrap_or_else(|| panic!("{slug}: {teams:#}")).clone()
    };
    assert_eq!(of("team-payments")["services"], 1);
    let research = of("research");
    assert_eq!(
        (&research["services"], &research["declared"]),
        (&json!(0), &json!(true))
    );
    assert_eq!(research["description"], "Looks ahead");
    for path in ["/teams", "/teams.csv"] {
        let answer = api.client.get(api.app.url(path)).send().await.unwrap();
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("research") && text.contains("team-payments"),
            "{path}: {text}"
        );
    }
    assert_eq!(pages(&api, "/teams?limit=1&q=ahead", "slug").await, ["research"]);
    assert_eq!(pages(&api, "/teams?limit=1", "slug").await.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn names_are_read_in_any_case_as_they_are_registered(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let id = api.deployed("1.0.0", 3).await;
    let again = json!({ "name": "Payments", "owner": "team-payments" });
    assert_eq!(api.post("/services", &again).await.status, StatusCode::CONFLICT);
    let service = api.get("/services/PAYMENTS").await;
    assert_eq!(
        (service.status, &service.body["slug"]),
        (StatusCode::OK, &json!("payments"))
    );
    for path in ["/services/Payments/deploys", "/deploys?service=Payments"] {
        assert_eq!(api.get(path).await.body["items"][0]["id"], json!(id), "{path}");
    }
    for path in [
        "/dora?service=Payments",
        "/dora?team=Team-Payments",
        "/services/Payments/dependencies",
    ] {
        assert_eq!(api.get(path).await.status, StatusCode::OK, "{path}");
    }
    let report = json!({
        "service": "Payments", "environment": "production", "version": "1.0.1", "requested_at": ago(2),
        "phases": [{ "state": "succeeded", "at": ago(2) }],
    });
    let reported = api.post("/deploys", &report).await;
    assert!(reported.status.is_success(), "{reported:?}");
    for (path, to) in [
        ("/services/Payments", "/services/payments"),
        (
            "/services/PAYMENTS/dependencies?from=50",
            "/services/payments/dependencies?from=50",
        ),
        ("/teams/Team-Payments", "/teams/team-payments"),
    ] {
        let answer = api.client.get(api.app.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(answer.headers()[header::LOCATION], to, "{path}");
    }
    let csv = api.app.url("/services/Payments/dependencies.csv");
    assert_eq!(api.client.get(csv).send().await.unwrap().status(), StatusCode::OK);
}
