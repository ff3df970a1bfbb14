//! Whether the process lives, and whether it should get requests.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::json;
use store::Reads;

/// Longest that a readiness check waits for the database.
const PATIENCE: Duration = Duration::from_secs(3);

/// What readiness asks of the data: `Ok` or why not.
pub type ReadinessProbe =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Whether this process should get requests.
#[derive(Clone)]
pub struct Readiness {
    draining: Arc<AtomicBool>,
    probe: ReadinessProbe,
}

impl Readiness {
    /// Ready while the probe says so.
    pub fn new(probe: ReadinessProbe) -> Self {
        Self {
            draining: Arc::default(),
            probe,
        }
    }

    /// From now on not ready: the process is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    async fn check(&self) -> Result<(), String> {
        if self.draining.load(Ordering::Acquire) {
            return Err("stopping".into());
        }
        let probe = (self.probe)();
        tokio::time::timeout(PATIENCE, probe)
            .await
            .unwrap_or_else(|_| Err("the database does not answer".into()))
    }
}

/// A word by which processes that share their data know each other; see [`store::Reads::installation`].
#[derive(Clone, Debug)]
pub struct Installation(Arc<str>);

impl Installation {
    /// Of the database that is read from; nothing where the role may not ask which one it is.
    pub async fn of(reads: &Reads) -> Self {
        let word = reads.installation().await.unwrap_or_else(|problem| {
            tracing::debug!(%problem, "the database does not say which one it is");
            String::new()
        });
        Self(word.into())
    }
}

/// `GET /healthz`: the process runs and answers. It says nothing of the database: a restart would not help that.
pub async fn healthz(State(Installation(installation)): State<Installation>) -> impl IntoResponse {
    Json(json!({ "status": "ok", "installation": &*installation }))
}

/// `GET /readyz`: the database answers, its tables are current, and the process is not stopping.
pub async fn readyz(State(readiness): State<Readiness>) -> impl IntoResponse {
    match readiness.check().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(because) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "not ready", "because": because })),
        ),
    }
}
