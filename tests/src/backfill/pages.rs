//! The page of repositories, by plain forms as a browser without script sends them.

use reqwest::StatusCode;
use sqlx::PgPool;
use tests::fakes::github::{NewCommit, World};

use super::connected;
use crate::harness::{App, client, count, post, text};

const PAGE: &str = "/admin/integrations/github/repositories";

#[sqlx::test(migrations = false)]
async fn the_page_makes_services_and_says_what_it_waits_for(pool: PgPool) {
    let world = World::default();
    for name in ["acme/payments", "acme/docs", "acme/<b>bold"] {
        world.repo(name).commit(NewCommit::new("Start"));
    }
    let app = App::start(pool.clone(), &[]).await;
    let first = text(&app, PAGE).await;
    assert!(first.contains("No repositories yet") && first.contains("FAIRWAY_GITHUB_TOKEN"));

    let (commands, _github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    let page = text(&app, PAGE).await;
    assert!(page.contains("3 repositories"), "{page}");
    assert!(
        page.contains("acme/&lt;b&gt;bold") && !page.contains("<b>bold"),
        "names are text"
    );
    assert!(page.contains("Read history of 3"));

    let id: uuid::Uuid = sqlx::query_scalar("select id from repositories where name = 'payments'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let id = id.to_string();
    let make = [("repository", &*id), ("act", "make"), ("owner", "team-pay")];
    let list = format!("{PAGE}?state=open");
    for _ in 0..2 {
        let (status, location, _) = post(&app, &list, &make).await;
        assert_eq!((status, location), (StatusCode::SEE_OTHER, list.clone()));
    }
    assert_eq!(count(&pool, "select count(*) from services").await, 1);
    let open = text(&app, &list).await;
    assert!(!open.contains("acme/payments"), "it is open no more");
    let page = text(&app, &format!("{PAGE}?state=service&q=PAY")).await;
    assert!(page.contains("href=\"/services/payments\""), "{page}");

    let (status, _, body) = post(&app, PAGE, &[("repository", &*id), ("act", "read")]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        body.contains("No GitHub is configured"),
        "this process has none: {body}"
    );
    let (status, _, _) = post(&app, PAGE, &[("repository", "x"), ("act", "make")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = post(&app, PAGE, &[("act", "dance")]).await;
    assert!(status.is_client_error());
    let odd = client()
        .get(app.url(&format!("{PAGE}?state=lost")))
        .send()
        .await
        .unwrap();
    assert!(odd.status().is_client_error());
}

#[sqlx::test(migrations = false)]
async fn an_empty_page_asks_for_no_token_that_is_set(pool: PgPool) {
    let (commands, _github) = connected(&pool, World::default()).await;
    let app = App::with_commands(commands).await;
    let page = text(&app, PAGE).await;
    assert!(page.contains("No repositories yet"), "{page}");
    assert!(page.contains("GitHub is asked which there are"), "{page}");
    assert!(!page.contains("FAIRWAY_GITHUB_TOKEN"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn progress_stands_on_the_page(pool: PgPool) {
    let world = World::default();
    super::lives::eventful(&world, 4, &[tests::fakes::github::MergeMethod::Squash]);
    let app = App::start(pool.clone(), &[]).await;
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    commands.start_backfill(&super::operator(), None).await.unwrap();
    let page = text(&app, PAGE).await;
    assert!(page.contains("0 of 1 repositories read"), "{page}");
    assert!(page.contains("<progress"));

    github.fail(tests::fakes::github::Failure::NoAccess);
    super::read_all(&commands, &pool).await;
    let page = text(&app, PAGE).await;
    assert!(
        page.contains("Try again") && page.contains("may not read"),
        "{page}"
    );

    github.heal();
    commands.start_backfill(&super::operator(), None).await.unwrap();
    super::read_all(&commands, &pool).await;
    let page = text(&app, PAGE).await;
    assert!(
        page.contains("1 of 1 repositories read") && page.contains("Read again"),
        "{page}"
    );

    sqlx::query("update backfills set state = 'reading', resume_at = now() + interval '10 minutes'")
        .execute(&pool)
        .await
        .unwrap();
    let page = text(&app, PAGE).await;
    assert!(page.contains("Reading waits until"), "{page}");
    assert!(page.contains("goes on at"), "{page}");

    sqlx::query("update backfills set resume_at = now() - interval '12 seconds'")
        .execute(&pool)
        .await
        .unwrap();
    let page = text(&app, PAGE).await;
    assert!(page.contains("goes on in a moment"), "{page}");
}
