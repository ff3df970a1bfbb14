//! What the machine itself can do in the same minute: a bare axum handler, and pgbench with rows of the same size.

use std::{net::SocketAddr, process::Command, time::Duration};

use axum::{Router, routing::get};
use bytes::Bytes;

use crate::Problem;

/// A handler that answers so many bytes and does nothing else.
pub async fn bare(bytes: usize) -> Result<SocketAddr, Problem> {
    let body = Bytes::from(vec![b'x'; bytes]);
    let router = Router::new().route("/", get(move || std::future::ready(body.clone())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Inserts per second that pgbench makes of one row with this body, on so many connections.
pub fn pgbench(database: &str, body: &str, connections: usize, length: Duration) -> Result<f64, Problem> {
    let bindir = Command::new("pg_config").arg("--bindir").output()?;
    let bindir = String::from_utf8(bindir.stdout)?;
    let script = std::env::temp_dir().join("fairway-bench.sql");
    // In hex: pgbench takes a colon before a word for a variable of its own, also within quotes.
    let hex = hex::encode(body);
    std::fs::write(
        &script,
        format!(
            "insert into bench_rows (id, received_at, source, delivery_id, event, body)
             values (gen_random_uuid(), now(), 'github', gen_random_uuid()::text, 'push', '\\x{hex}');\n"
        ),
    )?;
    let output = Command::new(format!("{}/pgbench", bindir.trim()))
        .args([
            "--no-vacuum",
            "--protocol=prepared",
            "--client",
            &connections.to_string(),
            "--jobs",
            "2",
        ])
        .args(["--time", &length.as_secs().to_string(), "--file"])
        .arg(&script)
        .arg(database)
        .output()?;
    std::fs::remove_file(&script)?;
    let text = String::from_utf8(output.stdout)?;
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok());
    tps.ok_or_else(|| format!("pgbench said: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}
