//! What one stream is told, and how it is told.

use std::time::Duration;

use domain::live::ChangeKind;
use reqwest::{StatusCode, header};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use super::{commands, deploy, feed, listener::Listener, service, settled};
use crate::harness::{App, client, cookie};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stream_is_not_held_back_by_any_layer(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let answer = client()
        .get(app.url("/live?topics=deploy"))
        .header(header::ACCEPT, "text/event-stream")
        .header(header::ACCEPT_ENCODING, "gzip, br")
        .send()
        .await
        .unwrap();
    let headers = answer.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store, no-transform");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key(header::CONTENT_ENCODING));
    let mut stream = Listener::open(app.address, "deploy", "").await;
    let first = stream.next().await.unwrap();
    assert_eq!(first.kind, "beat", "it speaks at once, without any change");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_cannot_be_asked_for_is_refused_in_words(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for query in [
        "topics=everything",
        "topics=service:x",
        "topics=deploy&after=yesterday",
        "",
    ] {
        let answer = client()
            .get(app.url(&format!("/live?{query}")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(!answer.text().await.unwrap().is_empty(), "{query}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stream_ends_with_its_session(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let mut stream = Listener::open(app.address, "deploy", "").await;
    assert_eq!(stream.next().await.unwrap().kind, "beat");
    sqlx::query("delete from sessions").execute(&pool).await.unwrap();
    // By itself it would end after five minutes.
    let end = tokio::time::timeout(Duration::from_secs(100), stream.change());
    assert_eq!(end.await.expect("the stream goes on"), None);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_hears_of_what_it_shows_and_of_nothing_else(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let (shop, till) = (
        service(&app.commands, "shop").await,
        service(&app.commands, "till").await,
    );
    let mark = settled(&app.commands, &pool).await;
    let mut page = Listener::open(app.address, &format!("service:{shop}"), &mark).await;
    deploy(&app.commands, "till", 1).await;
    let id = deploy(&app.commands, "shop", 1).await;
    // The registration's own derivation may still come; the deploy comes by its id.
    let words = loop {
        let said = page.change().await.unwrap();
        assert!(
            said.words.contains(&shop.to_string()) && !said.words.contains(&till.to_string()),
            "{said:?}"
        );
        if said.words.starts_with(ChangeKind::Deploy.as_str()) {
            break said.words;
        }
    };
    assert_eq!(words, format!("deploy {shop} {id}"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deploy_that_fails_says_that_the_service_is_unwell_now(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let shop = service(&app.commands, "shop").await;
    deploy(&app.commands, "shop", 1).await;
    let healths = async || -> i64 {
        let count = "select count(*) from live_events where kind = 'health'";
        sqlx::query_scalar(count).fetch_one(&pool).await.unwrap()
    };
    let before = healths().await;
    deploy(&app.commands, "shop", 2).await;
    assert_eq!(
        healths().await,
        before,
        "a second good deploy changes no service's health"
    );
    let last = settled(&app.commands, &pool).await;
    let mut page = Listener::open(app.address, "health", &last).await;
    let raw = domain::incidents::RawIncident {
        service: "shop".into(),
        title: "Checkout answers 500".into(),
        severity: Some(1),
        ..Default::default()
    };
    let new = domain::incidents::NewIncident::parse(raw, chrono::Utc::now()).unwrap();
    app.commands
        .report_incident(&super::operator(), new)
        .await
        .unwrap();
    assert_eq!(page.change().await.unwrap().words, format!("health {shop}"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_unit_of_work_that_fails_leaves_no_event(pool: PgPool) {
    let commands = commands(&pool).await;
    let before = feed(&pool).await;
    let mut tx = commands
        .store()
        .begin(&domain::actor::Actor::CommandLine)
        .await
        .unwrap();
    tx.note_changes(
        [domain::live::Change::of(ChangeKind::Catalog)],
        chrono::Utc::now(),
    );
    drop(tx);
    assert_eq!(feed(&pool).await, before);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_reads_slowly_holds_up_nobody_and_is_told_to_look_anew(pool: PgPool) {
    const PIECES: usize = 140;
    let app = App::start(pool.clone(), &[]).await;
    let mark = settled(&app.commands, &pool).await;
    let socket = TcpSocket::new_v4().unwrap();
    // The smallest that the kernel allows, so that what is sent soon waits in the server.
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(app.address).await.unwrap();
    let request = format!(
        "GET /live?topics=catalog,health&after={mark} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n",
        app.address,
        cookie()
    );
    slow.write_all(request.as_bytes()).await.unwrap();
    let mut fast = Listener::open(app.address, "catalog,health", &mark).await;
    // The last one that is written ends it.
    let reader = tokio::spawn(async move {
        let (mut changes, mut resets) = (0, 0);
        loop {
            match fast.change().await.expect("the stream ended") {
                said if said.words.starts_with("health") => return (changes, resets),
                said if said.kind == "reset" => resets += 1,
                _ => changes += 1,
            }
        }
    });
    for _ in 0..PIECES {
        // With an id each, as long as what pages are told of deploys.
        sqlx::query(
            "insert into live_events (at, kind, service_id, deploy_id)
             select now(), 'catalog', gen_random_uuid(), gen_random_uuid() from generate_series(1, 500)",
        )
        .execute(&pool)
        .await
        .unwrap();
        app.commands.store().announce_live().await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    sqlx::query("insert into live_events (at, kind) values (now(), 'health')")
        .execute(&pool)
        .await
        .unwrap();
    let (changes, resets) = reader.await.unwrap();
    // A transaction of another test may have held everything up, to come at once, which is too fast for anyone.
    assert!(
        changes == PIECES * 500 || resets > 0,
        "the fast one heard {changes} changes"
    );

    let (mut seen, mut bytes) = (Vec::new(), vec![0; 64 * 1024]);
    let reset = b"event: reset";
    let found = async {
        loop {
            let count = slow.read(&mut bytes).await.unwrap();
            assert!(count > 0, "the stream ended");
            seen.extend_from_slice(&bytes[..count]);
            if seen.windows(reset.len()).any(|window| window == reset) {
                break;
            }
            let keep = seen.len().saturating_sub(reset.len());
            seen.drain(..keep);
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found)
        .await
        .expect("the slow one is told that it missed something");
}
