//! Signed deliveries of outside systems: verified, stored, answered. What they mean is a job's business.
//!
//! Nothing is parsed before its signature is verified, and nothing is answered with 2xx before it is committed.

mod github;
mod security;
mod waking;

use axum::{Router, routing::post};

use crate::http::AppState;

/// The routes of all webhooks.
pub fn router(state: &AppState) -> Router {
    let github = github::GithubWebhook::new(&state.commands, &state.config.github);
    Router::new().route("/webhooks/github", post(github::receive).with_state(github))
}
