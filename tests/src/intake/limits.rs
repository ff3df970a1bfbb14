//! Large bodies, many at once: what is taken, what is told to come back, and that the rest is not kept waiting or stored.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, future, stream};
use reqwest::{Body, Response, StatusCode, header};
use sqlx::{ConnectOptions, PgPool};
use store::Store;
use tests::fakes::github::sign;
use tokio::sync::watch;

use crate::{
    harness::{App, client},
    process::{Fairway, Folder},
};

const SECRET: &str = "a secret that nobody guesses";
const OPEN: &[&str] = &["--github-webhook-secret=a secret that nobody guesses"];
const MIB: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// JSON of exactly so many bytes.
fn document(bytes: usize) -> Bytes {
    format!("{{\"zen\":\"{}\"}}", "z".repeat(bytes - 10)).into()
}

async fn send(url: &str, id: &str, signature: &str, body: impl Into<Body>) -> Response {
    try_send(url, id, signature, body).await.unwrap()
}

async fn try_send(url: &str, id: &str, signature: &str, body: impl Into<Body>) -> reqwest::Result<Response> {
    let request = client().post(url).body(body);
    let headers = [
        ("x-hub-signature-256", signature),
        ("x-github-delivery", id),
        ("x-github-event", "ping"),
        ("content-type", "application/json"),
    ];
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await
}

/// A body of unknown length, in pieces.
fn pieces(body: &Bytes) -> Body {
    let body = body.clone();
    let places = (0..body.len()).step_by(PIECE);
    let pieces = places.map(move |at| Ok::<_, Infallible>(body.slice(at..body.len().min(at + PIECE))));
    Body::wrap_stream(stream::iter(pieces))
}

/// A body whose last byte comes only when `go` says so.
fn withheld(body: &Bytes, mut go: watch::Receiver<bool>) -> Body {
    let (most, last) = (body.slice(..body.len() - 1), body.slice(body.len() - 1..));
    let places = (0..most.len()).step_by(PIECE);
    let pieces = places.map(move |at| Ok::<_, Infallible>(most.slice(at..most.len().min(at + PIECE))));
    let end = stream::once(async move {
        go.wait_for(|go| *go).await.unwrap();
        Ok(last)
    });
    Body::wrap_stream(stream::iter(pieces).chain(end))
}

async fn stored(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select delivery_id from deliveries order by delivery_id")
        .fetch_all(pool)
        .await
        .unwrap()
}

fn is_told_to_come_back(answer: &Response) {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let wait = answer.headers()[header::RETRY_AFTER].to_str().unwrap();
    assert!((1..=60).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
}

#[sqlx::test(migrations = false)]
async fn bodies_in_flight_share_a_budget_and_small_ones_still_get_in(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let url = app.url("/webhooks/github");
    let body = document(20 * MIB);
    let signature = sign(SECRET, &body);
    let (go, gone) = watch::channel(false);
    let held: Vec<_> = (1..=3)
        .map(|number| {
            let (url, signature, body) = (url.clone(), signature.clone(), withheld(&body, gone.clone()));
            tokio::spawn(async move { send(&url, &format!("held-{number}"), &signature, body).await })
        })
        .collect();

    // One more would not fit. Whether all three have arrived is seen by one that is wrongly signed, so that it never is
    // stored: it is read and refused while there is room, and told to come back when there is none.
    let begun = Instant::now();
    let wrong = sign("another secret entirely", &body);
    loop {
        let answer = send(&url, "probe", &wrong, body.clone()).await;
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the budget is never used up"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    is_told_to_come_back(&send(&url, "announced", &signature, body.clone()).await);
    is_told_to_come_back(&send(&url, "in-pieces", &signature, pieces(&body)).await);
    let small = document(1000);
    let answer = send(&url, "small", &sign(SECRET, &small), small).await;
    assert_eq!(
        answer.status(),
        StatusCode::ACCEPTED,
        "a small one fits beside the large"
    );

    go.send(true).unwrap();
    for answer in future::join_all(held).await {
        assert_eq!(answer.unwrap().status(), StatusCode::ACCEPTED);
    }
    let again = send(&url, "announced", &signature, body.clone()).await;
    assert_eq!(
        again.status(),
        StatusCode::ACCEPTED,
        "what they held is given back"
    );
    assert_eq!(
        stored(&pool).await,
        ["announced", "held-1", "held-2", "held-3", "small"]
    );
}

#[sqlx::test(migrations = false)]
async fn a_byte_too_many_is_refused_announced_or_not(pool: PgPool) {
    let app = App::start(pool.clone(), OPEN).await;
    let url = app.url("/webhooks/github");
    for (bytes, status) in [
        (25 * MIB, StatusCode::ACCEPTED),
        (25 * MIB + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let body = document(bytes);
        assert_eq!(body.len(), bytes);
        let signature = sign(SECRET, &body);
        let announced = send(&url, &format!("announced-{bytes}"), &signature, body.clone()).await;
        assert_eq!(announced.status(), status, "{bytes} announced");
        let in_pieces = send(&url, &format!("pieces-{bytes}"), &signature, pieces(&body)).await;
        assert_eq!(in_pieces.status(), status, "{bytes} in pieces");
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let words = in_pieces.text().await.unwrap();
            assert!(words.contains("25600 KiB"), "{words}");
        }
    }
    assert_eq!(stored(&pool).await, ["announced-26214400", "pieces-26214400"]);
}

#[sqlx::test(migrations = false)]
async fn a_body_that_does_not_end_is_cut_off_at_the_deadline(pool: PgPool) {
    let store = Store::on(pool.clone());
    let app = App::start_with(store, OPEN, |config| {
        config.limits.body_deadline = Duration::from_millis(400);
    })
    .await;
    let body = document(1000);
    let (_never, gone) = watch::channel(false);
    let begun = Instant::now();
    let answer = send(
        &app.url("/webhooks/github"),
        "slow",
        &sign(SECRET, &body),
        withheld(&body, gone),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(answer.text().await.unwrap().contains("Send it again"));
    assert_eq!(stored(&pool).await, [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn a_flood_of_large_bodies_takes_bounded_memory(pool: PgPool) {
    let folder = Folder::new("flood").with_site();
    let database = pool.connect_options().to_url_lossy().to_string();
    let variables = [
        ("DATABASE_URL", &*database),
        ("FAIRWAY_GITHUB_WEBHOOK_SECRET", SECRET),
    ];
    let fairway = Fairway::serve(&folder, &variables).await;
    let url = format!("http://{}/webhooks/github", fairway.address);
    let body = document(24 * MIB);
    let signature = sign(SECRET, &body);
    let before = fairway.peak_memory();
    let all = (0..24).map(|number| {
        let (url, signature, body) = (&url, &signature, body.clone());
        async move { try_send(url, &format!("{number:02}"), signature, body).await }
    });
    let answers = future::join_all(all).await;
    let mut accepted = 0;
    for answer in &answers {
        match answer {
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => accepted += 1,
            Ok(answer) => is_told_to_come_back(answer),
            // This client does not look for an answer before it has written all, and the rest is not read.
            Err(problem) => assert!(problem.is_request(), "{problem:?}"),
        }
    }
    let grown = (fairway.peak_memory() - before) / MIB;
    println!("{accepted} of 24 bodies of 24 MiB taken, memory grew by {grown} MiB");
    assert!((1..24).contains(&accepted), "{accepted} of 24 taken");
    assert_eq!(stored(&pool).await.len(), accepted);
    // The budget of 64 MiB, each body of it in up to five copies on its way into PostgreSQL; all 24 would be 576 MiB in one copy.
    assert!(grown < 64 * 6, "memory grew by {grown} MiB");
}

#[sqlx::test(migrations = false)]
async fn with_every_connection_in_use_everyone_is_told_to_come_back(pool: PgPool) {
    let store = Store::connect((*pool.connect_options()).clone(), 4)
        .await
        .unwrap();
    let app = App::start_with(store.clone(), OPEN, |_| {}).await;
    // One connection may be with the server's own ear for hints, at any time from its start; the last try waits in vain.
    let mut taken = Vec::new();
    while let Ok(connection) = store.pool().acquire().await {
        taken.push(connection);
    }
    assert!((3..=4).contains(&taken.len()), "{} of 4 taken", taken.len());
    let body = document(100);
    let signature = sign(SECRET, &body);
    let begun = Instant::now();
    let url = app.url("/webhooks/github");
    let delivery = send(&url, "busy", &signature, body.clone());
    let page = |path: &str| {
        client()
            .get(app.url(path))
            .header(header::ACCEPT, "text/html")
            .send()
    };
    let api = client()
        .get(app.url("/api/v1/services"))
        .bearer_auth(domain::tokens::secret([7; domain::tokens::SECRET_BYTES]))
        .send();
    let pages = [
        "/",
        "/services",
        "/deploys",
        "/dora",
        "/admin/deliveries",
        "/readyz",
    ];
    let (delivery, api, pages) = tokio::join!(delivery, api, future::join_all(pages.map(page)));
    let took = begun.elapsed();
    let answers = pages
        .into_iter()
        .chain([api])
        .map(Result::unwrap)
        .chain([delivery]);
    for answer in answers {
        let path = answer.url().path().to_owned();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "3", "{path}");
    }
    // Three seconds are the wait; a bound against hanging, which a machine under load stays far below.
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(
        client().get(app.url("/healthz")).send().await.unwrap().status(),
        StatusCode::OK
    );

    drop(taken);
    let again = send(&url, "busy", &signature, body).await;
    assert_eq!(again.status(), StatusCode::ACCEPTED);
}
