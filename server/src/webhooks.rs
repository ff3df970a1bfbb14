//! Signed deliveries of outside systems: verified, stored, answered. What they mean is a job's business.
//!
//! Nothing is parsed before its signature is verified, and nothing is answered with 2xx before it is committed.

mod gathering;
mod github;
mod security;
mod waking;

use std::sync::Arc;

use axum::{Router, routing::post};
use commands::Commands;
use secrecy::SecretString;

use crate::http::AppState;

/// The routes of all webhooks.
pub fn router(state: &AppState) -> Router {
    for_secrets(&state.commands, state.config.github.webhook_secrets.clone())
}

/// The same with other secrets: the demo signs with its own.
pub(crate) fn for_secrets(commands: &Commands, github: Vec<SecretString>) -> Router {
    let github = Arc::new(github::GithubWebhook::new(commands, github));
    Router::new().route("/webhooks/github", post(github::receive).with_state(github))
}
