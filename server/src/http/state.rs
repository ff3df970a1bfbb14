//! What the routes share for the life of the process.

use std::sync::Arc;

use app::AppContext;
use axum::extract::FromRef;
use commands::Commands;
use tokio_util::sync::CancellationToken;

use super::health::{Installation, Readiness};
use crate::{config::Config, live::Live};

/// What the routes share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Every change of state; also gives the reads.
    pub commands: Commands,
    /// What pages share.
    pub app: AppContext,
    /// The settings.
    pub config: Arc<Config>,
    /// Whether this process should get requests.
    pub readiness: Readiness,
    /// By what `fairway doctor` knows a process that shares its data.
    pub installation: Installation,
    /// What open pages are told.
    pub live: Live,
    /// Cancelled when the process is about to stop: streams that never end by themselves must end then.
    pub stopping: CancellationToken,
}

impl FromRef<AppState> for Readiness {
    fn from_ref(state: &AppState) -> Self {
        state.readiness.clone()
    }
}

impl FromRef<AppState> for Installation {
    fn from_ref(state: &AppState) -> Self {
        state.installation.clone()
    }
}

impl FromRef<AppState> for Commands {
    fn from_ref(state: &AppState) -> Self {
        state.commands.clone()
    }
}
