//! Prism as a child process: started on a free port, and never left behind.

use std::{path::Path, process::Stdio, time::Duration};

use integrations::github::ENDPOINTS;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};
use url::Url;

/// Reading GitHub's descriptions takes 4 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// One question and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    asked: String,
    status: u16,
    /// As GitHub describes it; none where it describes nothing of the kind.
    endpoint: Option<String>,
    violations: Vec<String>,
}

impl Exchange {
    /// What is wrong with it, each with where.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        let complaint = |violation| format!("{} ({}): {violation}", self.asked, self.status);
        self.violations.iter().map(complaint)
    }

    /// The endpoint, where the answer was a good one.
    pub fn answered(&self) -> Option<&str> {
        self.endpoint
            .as_deref()
            .filter(|_| (200..300).contains(&self.status))
    }
}

#[derive(Deserialize)]
struct Listening {
    listening: Url,
}

/// What stands between a client and an upstream. It ends with its input, and is killed when it is dropped.
pub struct Prism {
    url: Url,
    process: Child,
    exchanges: JoinHandle<Vec<Exchange>>,
}

impl Prism {
    /// Starts it before `upstream`, for the endpoints of the client.
    pub async fn before(upstream: &Url) -> Self {
        let packages = std::env::var_os("FAIRWAY_CONTRACT");
        let packages = packages.expect("FAIRWAY_CONTRACT is set by .make/unit, after .make/setup");
        let mut process = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/prism.mjs"))
            .args([packages, upstream.as_str().into()])
            .args(ENDPOINTS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node.js is on PATH");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let first = first.expect("Prism listens in time").unwrap();
        let first = first.expect("Prism listens; what it said instead stands above");
        let Listening { listening } = serde_json::from_str(&first).unwrap();
        // Read all the time: it waits for whoever reads.
        let exchanges = tokio::spawn(async move {
            let mut exchanges = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                exchanges.push(serde_json::from_str(&line).expect("a line of Prism"));
            }
            exchanges
        });
        Self {
            url: listening,
            process,
            exchanges,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// Ends it; gives everything that went through it.
    pub async fn end(mut self) -> Vec<Exchange> {
        drop(self.process.stdin.take());
        self.process.wait().await.unwrap();
        self.exchanges.await.unwrap()
    }
}
