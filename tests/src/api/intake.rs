//! The twins of the pages of what came in: deliveries, deployments that wait, failed jobs; and the list of incidents.

use commands::jobs::ProcessDelivery;
use domain::intake::NewDelivery;
use tests::fakes::github::{NewCommit, World};

use super::{lists::pages, *};
use crate::intake::take_in;

async fn receive(api: &Api, id: &str, event: &str, body: &str) {
    let new = NewDelivery {
        source: "github".into(),
        delivery_id: id.into(),
        event: event.into(),
        body: body.into(),
    };
    take_in(&api.app.commands, new).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deliveries_come_newest_first_with_what_became_of_them(pool: PgPool) {
    let api = Api::start(pool.clone()).await;
    for number in 1..=5 {
        let event = if number == 4 { "push" } else { "ping" };
        receive(&api, &format!("d-{number}"), event, r#"{"zen":"é"}"#).await;
    }
    let all = pages(&api, "/deliveries?limit=2", "delivery_id").await;
    assert_eq!(all, ["d-5", "d-4", "d-3", "d-2", "d-1"]);
    let pings = pages(
        &api,
        "/deliveries?limit=2&event=ping&status=received",
        "delivery_id",
    )
    .await;
    assert_eq!(pings, ["d-5", "d-3", "d-2", "d-1"]);
    assert_eq!(
        pages(&api, "/deliveries?limit=2&q=d-3", "delivery_id").await,
        ["d-3"]
    );

    let (id, received_at): (uuid::Uuid, _) =
        sqlx::query_as("select id, received_at from deliveries where delivery_id = 'd-4'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let job = ProcessDelivery {
        id: id.into(),
        received_at,
    };
    api.app.commands.process_delivery(&job).await.unwrap();
    let one = api.get(&format!("/deliveries/{id}")).await;
    assert_eq!(one.status, StatusCode::OK, "{one:?}");
    assert_eq!(
        (&one.body["status"], &one.body["body"]),
        (&json!("dead"), &json!(r#"{"zen":"é"}"#))
    );
    assert!(!one.body["error"].as_str().unwrap().is_empty());
    assert_eq!(
        pages(&api, "/deliveries?limit=2&status=dead", "id").await,
        [id.to_string()]
    );
    let missing = api.get("/deliveries/00000000-0000-7000-8000-000000000000").await;
    assert!(missing.status == StatusCode::NOT_FOUND && missing.is_problem());
    for wrong in ["status=lost", "limit=0", "page=AA", "page=eHg", "event=%00"] {
        let answer = api.get(&format!("/deliveries?{wrong}")).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}: {answer:?}"
        );
        assert!(
            answer.is_problem() && answer.fields().len() == 1,
            "{wrong}: {answer:?}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deployments_that_wait_come_by_kind(pool: PgPool) {
    let api = Api::start(pool).await;
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/nobody");
    let sha = repo.commit(NewCommit::new("Start"));
    for environment in ["one", "two", "three", "two"] {
        repo.deploy_through(environment, &sha, 1, "success");
    }
    for delivery in world.take_deliveries() {
        let observation = integrations::github::facts(&delivery.event, &delivery.body).unwrap();
        if let Some(observation) = observation {
            api.app.commands.observe(&observation, "github").await.unwrap();
        }
    }
    let seen = pages(&api, "/unmatched?limit=2", "repository").await;
    assert_eq!(seen, ["acme/nobody"; 3]);
    let first = api.get("/unmatched?limit=1").await.body;
    assert_eq!(first["items"][0]["count"], 2, "{first:#}");
    assert_eq!(first["items"][0]["texts"]["environment"], "two");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn failed_jobs_say_what_they_were_about(pool: PgPool) {
    let api = Api::with_service(pool.clone()).await;
    sqlx::raw_sql(
        "delete from graphile_worker._private_jobs;
         select graphile_worker.add_job('derive_service', json_build_object('service', (select id from services)));
         select graphile_worker.add_job('refresh_dora_days', '{}');
         select graphile_worker.add_job('fetch_missing', '{}');
         select graphile_worker.add_job('process_delivery', '{\"id\":\"x\"}');
         update graphile_worker._private_jobs set attempts = 3, last_error = 'disk full'
             where task_id <> (select id from graphile_worker._private_tasks where identifier = 'fetch_missing');
         update graphile_worker._private_jobs set attempts = max_attempts
             where task_id = (select id from graphile_worker._private_tasks where identifier = 'derive_service');",
    )
    .execute(&pool)
    .await
    .unwrap();
    let tasks = pages(&api, "/jobs?limit=1", "task").await;
    assert_eq!(
        tasks.len(),
        2,
        "what has not failed, and deliveries, are left out: {tasks:?}"
    );
    let dead = api.get("/jobs?state=dead").await.body;
    assert_eq!(dead["items"].as_array().unwrap().len(), 1, "{dead:#}");
    let job = &dead["items"][0];
    assert_eq!(
        (&job["task"], &job["subject"], &job["error"], &job["next_try_at"]),
        (
            &json!("derive_service"),
            &json!("payments"),
            &json!("disk full"),
            &Value::Null
        )
    );
    assert_eq!(
        pages(&api, "/jobs?limit=2&state=waiting", "task").await,
        ["refresh_dora_days"]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn incidents_come_newest_first(pool: PgPool) {
    let api = Api::with_service(pool).await;
    api.register("orders").await;
    for (days, service) in [(3, "payments"), (1, "orders"), (2, "payments")] {
        let body = json!({
            "service": service, "title": format!("{days} days ago"), "severity": 2, "detected_at": ago(days),
            "resolved_at": (days == 3).then(|| ago(days) + TimeDelta::hours(1)),
        });
        assert_eq!(api.post("/incidents", &body).await.status, StatusCode::CREATED);
    }
    let titles = async |query: &str| pages(&api, &format!("/incidents?limit=2{query}"), "title").await;
    assert_eq!(titles("").await, ["1 days ago", "2 days ago", "3 days ago"]);
    assert_eq!(titles("&service=payments").await, ["2 days ago", "3 days ago"]);
    assert_eq!(titles("&open=true").await, ["1 days ago", "2 days ago"]);
    assert_eq!(titles("&open=false&service=payments").await, ["3 days ago"]);
    assert!(titles("&service=nobody").await.is_empty());
}
