//! What stands under every feature: headers on every answer, health, limits, the start, the end, and the embedded
//! PostgreSQL.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use sqlx::{ConnectOptions, PgPool};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    harness::{App, client},
    process::{Fairway, Folder, run},
};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_answer_carries_the_security_headers(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let paths = [
        "/",
        "/healthz",
        "/readyz",
        "/no/such/page",
        "/theme",
        "/pkg/missing.js",
        "/api/v1/nothing",
        "/webhooks/nobody",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::HEAD, Method::DELETE] {
            let answer = client()
                .request(method.clone(), app.url(path))
                .send()
                .await
                .unwrap();
            let headers = answer.headers();
            let context = format!("{method} {path} → {}", answer.status());
            assert_eq!(headers["x-content-type-options"], "nosniff", "{context}");
            assert_eq!(headers["x-frame-options"], "DENY", "{context}");
            assert_eq!(headers["referrer-policy"], "same-origin", "{context}");
            assert_eq!(headers["cross-origin-opener-policy"], "same-origin", "{context}");
            assert_eq!(
                headers["cross-origin-resource-policy"], "same-origin",
                "{context}"
            );
            assert!(headers.contains_key("permissions-policy"), "{context}");
            assert!(headers.contains_key("x-request-id"), "{context}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{context}");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"),
                "{context}: {policy}"
            );
            assert!(
                policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"),
                "{context}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_page_and_its_policy_share_a_nonce_that_never_repeats(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = client()
            .get(app.url("/"))
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(&format!("nonce=\"{nonce}\"")),
            "the page's scripts carry the nonce"
        );
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn health_and_readiness(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let status = async |path: &str| client().get(app.url(path)).send().await.unwrap().status();
    assert_eq!(status("/healthz").await, StatusCode::OK);
    assert_eq!(status("/readyz").await, StatusCode::OK);

    sqlx::query("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .execute(&pool)
        .await
        .unwrap();
    let behind = client().get(app.url("/readyz")).send().await.unwrap();
    assert_eq!(behind.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(behind.headers()[header::RETRY_AFTER], "3");
    assert!(behind.text().await.unwrap().contains("fairway migrate"));

    app.readiness.drain();
    assert!(
        client()
            .get(app.url("/readyz"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("stopping")
    );
    assert_eq!(
        status("/healthz").await,
        StatusCode::OK,
        "a process that drains lives"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_body_over_the_limit_is_refused_announced_or_not(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let announced = client()
        .post(app.url("/theme"))
        .body(vec![b'x'; 1024 * 1024 + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(announced.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let problem: serde_json::Value = announced.json().await.unwrap();
    assert!(
        problem["detail"].as_str().unwrap().contains("1024 KiB"),
        "{problem}"
    );

    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; 64 * 1024])));
    let chunked = client()
        .post(app.url("/theme"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)))
        .send()
        .await
        .unwrap();
    assert_eq!(chunked.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn forms_from_other_sites_and_names_that_are_not_ours_are_refused(pool: PgPool) {
    let app = App::start(pool, &["--public-url=https://fairway.example.com"]).await;
    let post = |site: &'static str, origin: &'static str| {
        client()
            .post(app.url("/theme"))
            .header("sec-fetch-site", site)
            .header(header::ORIGIN, origin)
            .header(header::ACCEPT, "text/html")
            .form(&[("theme", "dark")])
            .send()
    };
    let foreign = post("cross-site", "https://evil.example").await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert!(foreign.text().await.unwrap().contains("nothing was changed"));
    assert_ne!(
        post("same-origin", "http://localhost").await.unwrap().status(),
        StatusCode::FORBIDDEN
    );

    let named =
        |host: &'static str, path: &str| client().get(app.url(path)).header(header::HOST, host).send();
    assert_eq!(
        named("evil.example", "/").await.unwrap().status(),
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(
        named("evil.example", "/healthz").await.unwrap().status(),
        StatusCode::OK
    );
    assert_eq!(
        named("fairway.example.com", "/").await.unwrap().status(),
        StatusCode::OK
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn sigterm_lets_running_requests_finish_and_exits_0(pool: PgPool) {
    let folder = Folder::new("drain").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let mut fairway = Fairway::serve(&folder, &[("DATABASE_URL", &url)]).await;

    let mut slow = TcpStream::connect(fairway.address).await.unwrap();
    let head = "POST /theme HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 10\r\nexpect: 100-continue\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    // The server says so once the request is with the page that wants its body.
    let mut goes_on = [0; 25];
    slow.read_exact(&mut goes_on).await.unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    slow.write_all(b"theme").await.unwrap();

    fairway.signal("TERM");
    while TcpStream::connect(fairway.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    slow.write_all(b"=dark").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert_eq!(fairway.ended().await.code(), Some(0));
}

#[tokio::test]
async fn embedded_postgresql_starts_again_after_sigkill_with_its_data() {
    let folder = Folder::new("embedded").with_site();
    let data = folder.0.join("data");
    let variables = [("FAIRWAY_DATA_DIR", data.to_str().unwrap())];

    let mut first = Fairway::serve(&folder, &variables).await;
    first.signal("KILL");
    first.ended().await;
    assert!(
        data.join("postgres/data/postmaster.pid").exists(),
        "the server outlives a killed process"
    );

    let mut second = Fairway::serve(&folder, &variables).await;
    second.signal("TERM");
    assert_eq!(second.ended().await.code(), Some(0));
    assert!(
        !data.join("postgres/data/postmaster.pid").exists(),
        "and is stopped by the next orderly end"
    );

    // A pid file that a crash of the machine left behind, whose number some other process has now.
    std::fs::write(
        data.join("postgres/data/postmaster.pid"),
        format!("{}\n", std::process::id()),
    )
    .unwrap();
    let mut third = Fairway::serve(&folder, &variables).await;

    // Another process joins the running server and leaves it running.
    let (well, said) = run(&folder, &["migrate"], &variables);
    assert!(well, "{said}");
    let ready = client()
        .get(format!("http://{}/readyz", third.address))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    third.signal("TERM");
    assert_eq!(third.ended().await.code(), Some(0));
    assert!(!data.join("postgres/data/postmaster.pid").exists());
}

#[test]
fn wrong_settings_are_said_at_once_and_without_secrets() {
    let folder = Folder::new("settings").with_site();
    let (well, said) = run(
        &folder,
        &["serve"],
        &[
            ("FAIRWAY_LISTEN", "0.0.0.0:3000"),
            ("DATABASE_URL", "mysql://root:canary-9d1f@db/x"),
            ("FAIRWAY_GITHUB_WEBHOOK_SECRET", "canary-9d1f"),
        ],
    );
    assert!(!well);
    assert!(said.contains("3 settings need attention"), "{said}");
    assert!(
        said.contains("FAIRWAY_PUBLIC_URL") && said.contains("DATABASE_URL"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn a_half_built_site_refuses_to_start() {
    let folder = Folder::new("site").with_site();
    std::fs::remove_file(folder.0.join("site/pkg/fairway.wasm")).unwrap();
    let (well, said) = run(&folder, &["serve"], &[]);
    assert!(!well);
    assert!(
        said.contains("fairway.wasm") && said.contains("cargo leptos build"),
        "{said}"
    );
}
