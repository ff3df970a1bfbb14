//! The lines, in the order of the promises.

use std::{net::SocketAddr, time::Duration};

use chrono::{Days, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    Problem,
    http::{Connection, get, one_by_one, together},
    lines::{
        Limit::{AtLeast, AtMost},
        line, note,
    },
    process::{SECRET, Server},
    yardstick,
};

/// Long enough for a steady rate on two cores.
const A_WHILE: Duration = Duration::from_secs(8);
/// Connections of the lines that ask for many.
const MANY: usize = 16;

/// Starts the server, measures every line, prints it.
pub async fn run(database: &str) -> Result<(), Problem> {
    let pool = PgPoolOptions::new().max_connections(2).connect(database).await?;
    let server = Server::start(database).await?;
    line(
        "start to first 200",
        server.first_answer.as_secs_f64() * 1000.0,
        "ms",
        AtMost(300.0),
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    line("memory, idle", server.memory()?.0, "MB", AtMost(64.0));
    catalog(server.address).await?;
    service(server.address).await?;
    dora(server.address).await?;
    intake(server.address, database, &pool).await?;
    let (now, highest) = server.memory()?;
    line("memory, highest under load", highest, "MB", AtMost(200.0));
    note("memory, after the load", now, "MB");
    server.stop().await
}

async fn catalog(address: SocketAddr) -> Result<(), Problem> {
    let page = |_| get("/services");
    one_by_one(address, 50, page).await?;
    let times = one_by_one(address, 400, page).await?;
    line(
        "catalog page, 50 rows, p50 on 1 connection",
        times.share(0.5),
        "ms",
        AtMost(5.0),
    );
    let rate = together(address, MANY, A_WHILE, |_| get("/services")).await?;
    line("catalog page at 16 connections", rate, "/s", AtLeast(1500.0));
    let bytes = Connection::open(address)
        .await?
        .send(&get("/services"))
        .await?
        .bytes;
    let bare = yardstick::bare(bytes).await?;
    let bare_times = one_by_one(bare, 2000, |_| get("/")).await?;
    let bare_rate = together(bare, MANY, A_WHILE / 2, |_| get("/")).await?;
    note(
        "  a bare axum handler of the same bytes, p50",
        bare_times.share(0.5),
        "ms",
    );
    note("  the same at 16 connections", bare_rate, "/s");
    note("  catalog rate ÷ bare rate", rate / bare_rate, "");
    Ok(())
}

async fn service(address: SocketAddr) -> Result<(), Problem> {
    let page = |index: usize| get(&format!("/services/service-{}", 1 + index * 37 % 10_000));
    one_by_one(address, 50, page).await?;
    let times = one_by_one(address, 400, page).await?;
    line(
        "service page, p50 on 1 connection",
        times.share(0.5),
        "ms",
        AtMost(8.0),
    );
    note("  p95", times.share(0.95), "ms");
    Ok(())
}

async fn dora(address: SocketAddr) -> Result<(), Problem> {
    let year = |_| get("/dora?range=365");
    let first = one_by_one(address, 1, year).await?;
    note(
        "DORA, organisation, 12 months, first time in a process",
        first.share(1.0),
        "ms",
    );
    let times = one_by_one(address, 200, year).await?;
    line(
        "DORA, organisation, 12 months, p95",
        times.share(0.95),
        "ms",
        AtMost(100.0),
    );
    note("  p50", times.share(0.5), "ms");
    // Other days every time: nothing but the days themselves can be remembered.
    let today = Utc::now().date_naive();
    let moving = |index: usize| {
        let last = today - Days::new(index as u64 % 90);
        get(&format!(
            "/dora?from={}&to={last}",
            last - Days::new(364 - index as u64 % 7)
        ))
    };
    let times = one_by_one(address, 100, moving).await?;
    note("  p95 of ranges that move by a day", times.share(0.95), "ms");
    let team = |index: usize| get(&format!("/dora?team=team-{}&range=365", 1 + index * 7 % 200));
    note(
        "  a team, 12 months, p95",
        one_by_one(address, 100, team).await?.share(0.95),
        "ms",
    );
    let one = |index: usize| {
        get(&format!(
            "/dora?service=service-{}&range=365",
            1 + index * 37 % 10_000
        ))
    };
    note(
        "  a service, 12 months, p95",
        one_by_one(address, 100, one).await?.share(0.95),
        "ms",
    );
    let rows = |_| get("/dora/rows?metric=lead_time&range=365");
    note(
        "  rows behind lead time, p95",
        one_by_one(address, 50, rows).await?.share(0.95),
        "ms",
    );
    Ok(())
}

async fn intake(address: SocketAddr, database: &str, pool: &PgPool) -> Result<(), Problem> {
    sqlx::raw_sql(
        "drop table if exists bench_rows;
         create table bench_rows (id uuid primary key, received_at timestamptz, source text, delivery_id text, event text, body bytea)",
    )
    .execute(pool)
    .await?;
    let body = payload();
    let first = yardstick::pgbench(database, &body, MANY, A_WHILE / 2)?;
    let run = Utc::now().timestamp_micros();
    let signature = sign(body.as_bytes());
    let delivery = {
        let body = body.clone();
        move |index: u64| delivery(&body, &signature, run, index)
    };
    let rate = together(address, MANY, A_WHILE, delivery).await?;
    let second = yardstick::pgbench(database, &body, MANY, A_WHILE / 2)?;
    let inserts = f64::midpoint(first, second);
    note(
        "pgbench inserts of the same row size, 16 connections",
        inserts,
        "/s",
    );
    line(
        "signed webhook intake, 16 connections",
        rate,
        "/s",
        AtLeast(0.5 * inserts),
    );
    let tidy = "drop table bench_rows; truncate deliveries, delivery_keys;
                delete from graphile_worker._private_jobs where task_id in
                    (select id from graphile_worker._private_tasks where identifier = 'process_delivery')";
    sqlx::raw_sql(tidy).execute(pool).await?;
    Ok(())
}

/// A signed delivery with an id of its own.
fn delivery(body: &str, signature: &str, run: i64, index: u64) -> Vec<u8> {
    format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: {run}-{index}\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn sign(body: &[u8]) -> String {
    // A key of any length is accepted.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// A push of 12 commits, about the 8 KB that GitHub's pushes have, with text that does not compress to nothing.
fn payload() -> String {
    let commits: Vec<_> = (0_u64..12)
        .map(|n| {
            let sha = hex::encode(Hmac::<Sha256>::new_from_slice(&n.to_le_bytes()).map(|mac| mac.finalize().into_bytes()).unwrap_or_default());
            serde_json::json!({
                "id": &sha[..40], "tree_id": &sha[24..64], "message": format!("Change {n}: {sha}"),
                "timestamp": "2026-11-20T10:00:00Z", "distinct": true,
                "author": {"name": "Person", "email": format!("{}@example.com", &sha[..12]), "username": "person"},
                "added": [format!("src/{}.rs", &sha[8..28])], "modified": [format!("src/{}.rs", &sha[20..44])], "removed": [],
            })
        })
        .collect();
    serde_json::json!({
        "ref": "refs/heads/main", "before": "0".repeat(40), "after": "1".repeat(40), "forced": false, "commits": commits,
        "repository": {"id": 1, "name": "service-1", "full_name": "bench/service-1", "owner": {"login": "bench"}, "default_branch": "main"},
        "sender": {"id": 1, "login": "person-1", "type": "User"},
    })
    .to_string()
}
