//! What deliveries hold: all that GitHub publishes is accepted, and what cannot be read says why.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use tests::fakes::github::{FakeGithub, NewCommit, sign};

use super::receiving::{OPEN, SECRET, delivery, post, post_with, process_all};
use crate::{
    github_payloads::examples,
    harness::{App, client, count},
};

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
    // What waits for an answer is dead where no GitHub is set to give one.
    let states: Vec<(String, i64)> = sqlx::query_as(
        "select status, count(*) from deliveries where event <> 'deployment_protection_rule' group by 1 order by 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let errors: Vec<(String, Option<String>)> = sqlx::query_as(
        "select event, error from deliveries where error is not null and event <> 'deployment_protection_rule'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(errors, []);
    let states: Vec<_> = states.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["ignored", "processed"]);
}

#[sqlx::test(migrations = false)]
async fn a_run_that_waits_for_an_answer_which_nobody_can_give_is_kept_with_what_to_set(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let github = FakeGithub::start().await;
    let repo = github.repo("acme/shop");
    repo.commit(NewCommit::new("Start").file("a", "1"));
    let run = repo.start_run("deploy", &repo.head("main"));
    repo.wait_for_rule("production", &run, &github.base_url());
    for delivery in github.take_deliveries() {
        assert_eq!(post(&app, &delivery, SECRET).await.status(), StatusCode::ACCEPTED);
    }
    process_all(&app, &pool).await;
    let dead: Vec<(String, String)> =
        sqlx::query_as("select event, error from deliveries where status = 'dead'")
            .fetch_all(&pool)
            .await
            .unwrap();
    let [(event, error)] = &dead[..] else {
        panic!("{dead:?}")
    };
    assert_eq!(event, "deployment_protection_rule");
    assert!(
        error.contains("FAIRWAY_GITHUB_APP_ID") && error.contains("replay"),
        "{error}"
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
