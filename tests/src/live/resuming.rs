//! Where in the feed a stream goes on: nothing is skipped, and who cannot be told everything is told to look anew.

use std::time::Duration;

use reqwest::header;
use sqlx::{Connection, PgPool};

use super::{deploy, feed, listener::Listener, service, settled, write};
use crate::harness::{App, client};

const ALL: &str = "deploy,service,health,catalog,pull_request,delivery";

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_resumes_with_what_is_no_place_is_told_to_look_anew(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    for id in ["yesterday", "-1.0", "1", "99999999999999999999.1"] {
        let mut page = Listener::open(app.address, ALL, id).await;
        assert_eq!(page.next().await.unwrap().kind, "reset", "{id}");
    }
    let mut page = Listener::open(app.address, ALL, "yesterday").await;
    assert_eq!(page.next().await.unwrap().kind, "reset");
    write(&pool, 1).await;
    assert_eq!(
        page.change().await.unwrap().kind,
        "change",
        "and goes on from there"
    );
}

/// The page takes its place in the feed before it reads anything, so whatever it does not show yet comes by the stream
/// that it opens a second later.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_happens_between_a_page_and_its_stream_is_not_missed(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let shop = service(&app.commands, "shop").await;
    let id = deploy(&app.commands, "shop", 1).await;
    for path in ["/", "/services/shop", "/deploys", &format!("/deploys/{id}")] {
        let page = client()
            .get(app.url(path))
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        let html = page.text().await.unwrap().replace("&quot;", "\"");
        let after = |name: &str| {
            let (_, rest) = html
                .split_once(&format!("\"{name}\":\""))
                .unwrap_or_else(|| panic!("{path} says no {name}"));
            rest.split_once('"').unwrap().0.to_owned()
        };
        let (topics, since) = (after("topics"), after("since"));
        deploy(&app.commands, "shop", 2).await;
        let mut stream = Listener::open(app.address, &topics, &since).await;
        let said = stream.change().await.unwrap();
        assert!(
            // Told to look anew, it misses nothing either: the feed is young, and other tests hold its end back.
            said.words.contains(&shop.to_string()) || said.words == "catalog" || said.kind == "reset",
            "{path}: {said:?}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_transaction_that_commits_late_is_not_skipped(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let mark = settled(&app.commands, &pool).await;
    let mut page = Listener::open(app.address, ALL, &mark).await;
    let insert =
        "insert into live_events (at, kind) values (now(), $1) returning transaction || '.' || number";
    let mut connection = pool.acquire().await.unwrap();
    let mut slow = connection.begin().await.unwrap();
    let first: String = sqlx::query_scalar(insert)
        .bind("catalog")
        .fetch_one(&mut *slow)
        .await
        .unwrap();
    let second: String = sqlx::query_scalar(insert)
        .bind("health")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(
        page.is_silent(Duration::from_secs(4)).await,
        "what committed waits for what began before it"
    );
    slow.commit().await.unwrap();
    assert_eq!(
        page.ids(2).await,
        [first, second],
        "in the order in which they began"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_slept_too_long_is_told_to_look_anew(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    for _ in 0..4 {
        write(&pool, 1).await;
    }
    settled(&app.commands, &pool).await;
    let ids = feed(&pool).await;
    let old = &ids[0];
    let mut kept = Listener::open(app.address, ALL, old).await;
    assert_eq!(kept.ids(3).await, ids[1..], "what is kept is sent");

    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    let gone = app.commands.store().prune_live_events(tomorrow).await.unwrap();
    assert_eq!(
        gone, 3,
        "the newest stays, so that a forgotten place is known as such"
    );
    let mut late = Listener::open(app.address, ALL, old).await;
    assert_eq!(late.next().await.unwrap().kind, "reset");
    write(&pool, 1).await;
    assert_eq!(
        late.change().await.unwrap().kind,
        "change",
        "and goes on from there"
    );
    let mut on_time = Listener::open(app.address, ALL, &ids[3]).await;
    assert_eq!(on_time.ids(1).await, feed(&pool).await[1..]);

    let mut from_elsewhere = Listener::open(app.address, ALL, "9000000000000000.1").await;
    assert_eq!(
        from_elsewhere.next().await.unwrap().kind,
        "reset",
        "a place of a database that was lost"
    );
    write(&pool, 1_001).await;
    settled(&app.commands, &pool).await;
    let mut far_behind = Listener::open(app.address, ALL, &ids[3]).await;
    assert_eq!(
        far_behind.next().await.unwrap().kind,
        "reset",
        "looking anew costs less than a thousand events"
    );
}
