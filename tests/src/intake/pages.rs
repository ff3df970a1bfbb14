//! The pages of what came in, and addresses that say no more than they mean.

use reqwest::{StatusCode, header};
use serde_json::json;
use sqlx::PgPool;
use tests::fakes::github::Delivery;

use super::order::{register, tell};
use crate::harness::{App, client, text};

const SECRET: &str = "a secret that nobody guesses";
const OPEN: &[&str] = &["--github-webhook-secret=a secret that nobody guesses"];

#[sqlx::test(migrations = false)]
async fn a_form_sent_without_script_ends_at_the_short_address(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let cases = [
        (
            "/services?q=&owner=checkout&tier=&lifecycle=",
            "/services?owner=checkout",
        ),
        ("/services?q=", "/services"),
        ("/services?sort=name&tier=1", "/services?tier=1"),
        (
            "/deploys?team=&class=production&state=",
            "/deploys?class=production",
        ),
        ("/dora?team=&range=90&from=&to=", "/dora"),
        ("/dora?team=&range=30&from=&to=", "/dora?range=30"),
        ("/admin/deliveries?q=a%26b&event=", "/admin/deliveries?q=a%26b"),
        ("/admin/jobs?state=", "/admin/jobs"),
        ("/admin/unmatched?after=", "/admin/unmatched"),
    ];
    for (from, to) in cases {
        let answer = client().get(app.url(from)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{from}");
        assert_eq!(answer.headers()[header::LOCATION], to, "{from}");
        let next = client().get(app.url(to)).send().await.unwrap();
        assert_eq!(next.status(), StatusCode::OK, "{to} is as short as it can be");
    }
    let elsewhere = client().get(app.url("//evil.example?q=")).send().await.unwrap();
    assert!(!elsewhere.headers().contains_key(header::LOCATION));
    let api = client().get(app.url("/api/v1/services?q=")).send().await.unwrap();
    assert_eq!(
        api.status(),
        StatusCode::UNAUTHORIZED,
        "machines are not sent around"
    );
}

#[sqlx::test(migrations = false)]
async fn deliveries_are_a_table_to_take_along(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    for (id, event) in [("d-1", "ping"), ("=cmd", "push"), ("d-3", "ping")] {
        let delivery = Delivery::of(id, event, &json!({}), chrono::DateTime::UNIX_EPOCH);
        let answer = delivery
            .post(&client(), &app.url("/webhooks/github"), SECRET)
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    let all = text(&app, "/admin/deliveries.csv").await;
    let lines: Vec<&str> = all.lines().collect();
    assert!(
        lines[0].starts_with("id,received_at,source,delivery_id,event,"),
        "{all}"
    );
    assert_eq!(lines.len(), 4, "{all}");
    assert!(all.contains(",'=cmd,push,"), "no formula: {all}");
    let pings = text(&app, "/admin/deliveries.csv?event=ping").await;
    assert_eq!(pings.lines().count(), 3);
    let page = text(&app, "/admin/deliveries?event=ping").await;
    assert!(page.contains("href=\"/admin/deliveries.csv?event=ping\""));
    assert!(page.contains("Kept for 90 days"));
    let wrong = client()
        .get(app.url("/admin/deliveries.csv?status=lost"))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert!(wrong.text().await.unwrap().contains("choose one of"));
}

#[sqlx::test(migrations = false)]
async fn what_waits_for_a_service_is_a_table_to_take_along(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let world = tests::fakes::github::World::default();
    let repo = world.act_as("ada").repo("acme/nobody");
    let sha = repo.commit(tests::fakes::github::NewCommit::new("Start"));
    for environment in ["production", "staging"] {
        repo.deploy_through(environment, &sha, 1, "success");
    }
    tell(&app.commands, &world.take_deliveries()).await;
    let csv = text(&app, "/admin/unmatched.csv").await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("repository,environment,workflow,"), "{csv}");
    assert!(csv.contains("acme/nobody,production,"), "{csv}");
    let page = text(&app, "/admin/unmatched").await;
    assert!(page.contains("href=\"/admin/unmatched.csv\""));
    assert!(
        text(&app, "/admin/jobs.csv")
            .await
            .starts_with("id,task,subject,state,")
    );
}
