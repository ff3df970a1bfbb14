//! The ports: free, held by this very Fairway, or by something else.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::Finding;

/// How long a port's holder may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// More than any metrics of Fairway's.
const LONGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// What `/healthz` says of a Fairway.
#[derive(Deserialize)]
struct Health {
    installation: String,
}

/// The port of pages and API. `own` is the installation of these settings, where the database said it.
pub(super) async fn pages(address: SocketAddr, own: Option<&str>) -> Finding {
    let Some(found) = look(address, "FAIRWAY_LISTEN").await else {
        return free(address);
    };
    let health = ask(address, "/healthz").await;
    let running = health.and_then(|said| serde_json::from_str::<Health>(&said).ok());
    match (running, own) {
        (None, _) => found,
        (Some(running), Some(own)) if running.installation != own => Finding::bad(
            format!("{address} is held by a Fairway with another database"),
            "Stop that one, or set FAIRWAY_LISTEN to a free port.",
        ),
        (Some(_), Some(_)) => Finding::Running(format!("Fairway is already running here, on {address}")),
        (Some(_), None) => Finding::Running(format!(
            "a Fairway is already running here, on {address}; only the database could say whether it is this one"
        )),
    }
}

/// The port of metrics; `runs` says whether this Fairway answers on the port of pages.
pub(super) async fn metrics(address: SocketAddr, runs: bool) -> Finding {
    let Some(found) = look(address, "FAIRWAY_METRICS_LISTEN").await else {
        return free(address);
    };
    let said = ask(address, "/metrics").await;
    match said {
        Some(said) if !said.contains("fairway_build_info") => found,
        None => found,
        Some(_) if runs => Finding::Running(format!("Fairway is already running here, on {address}")),
        Some(_) => Finding::bad(
            format!("{address} is held by another Fairway process, a worker perhaps"),
            "Set FAIRWAY_METRICS_LISTEN to a free port for one of the two.",
        ),
    }
}

fn free(address: SocketAddr) -> Finding {
    Finding::Good(format!("{address} is free"))
}

/// What is wrong with a port; nothing where it can be listened on.
async fn look(address: SocketAddr, setting: &str) -> Option<Finding> {
    let problem = TcpListener::bind(address).await.err()?;
    let next = if problem.kind() == ErrorKind::AddrInUse {
        format!("Stop the program that holds it, or set {setting} to a free port.")
    } else {
        format!("Set {setting} to an address of this machine and a port that this account may use.")
    };
    Some(Finding::bad(format!("{address}: {problem}"), next))
}

/// The body that a path of an address answers with, where it answers well and in time.
async fn ask(address: SocketAddr, path: &str) -> Option<String> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await.ok()?.ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let well = head.split(' ').nth(1) == Some("200");
    well.then(|| body.to_owned())
}
