//! Signed deliveries, beside what pgbench inserts of rows of the same size.

use std::net::SocketAddr;

use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;

use crate::{
    A_WHILE, MANY, Problem,
    http::{paced, together},
    process::SECRET,
    sheet::{
        Limit::{AtLeast, AtMost},
        Sheet,
    },
    yardstick,
};

/// Deliveries a second at which each one must be answered soon, with no worker running.
const STEADY: u32 = 200;

pub async fn measure(
    sheet: &mut Sheet,
    address: SocketAddr,
    (database, pool): (&str, &PgPool),
) -> Result<(), Problem> {
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
    let sent = {
        let (body, signature) = (body.clone(), signature.clone());
        move |index: u64| delivery(&body, &signature, &format!("{run}-{index}"))
    };
    let rate = together(address, MANY, A_WHILE, sent).await?;
    let second = yardstick::pgbench(database, &body, MANY, A_WHILE / 2)?;
    let inserts = f64::midpoint(first, second);
    let limit = AtLeast(0.5 * inserts);
    sheet.promise("signed webhook intake, 16 connections", rate, "/s", limit);
    sheet.note(
        "pgbench inserts rows of the same size, 16 connections",
        inserts,
        "/s",
    );
    sheet.note("bytes of a delivery", body.len() as f64, "");
    let sent = move |index: u64| delivery(&body, &signature, &format!("{run}-steady-{index}"));
    let times = paced(address, (MANY, STEADY), A_WHILE, sent).await?;
    let what = format!("signed webhook intake at {STEADY}/s, p99");
    sheet.promise(&what, times.share(0.99), "ms", AtMost(100.0));
    sheet.note("p50", times.share(0.5), "ms");
    let tidy = "drop table bench_rows; truncate deliveries, delivery_keys;
                delete from graphile_worker._private_jobs where task_id in
                    (select id from graphile_worker._private_tasks where identifier = 'process_delivery')";
    sqlx::raw_sql(tidy).execute(pool).await?;
    Ok(())
}

/// A signed delivery with an id of its own.
fn delivery(body: &str, signature: &str, id: &str) -> Vec<u8> {
    format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: {id}\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
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
