//! `/api/v1`: what pages show and what machines report, as JSON, for holders of a token. Described at `/api/openapi.json`.
//!
//! Each route reads or runs one command; rules live in domain, SQL in store. Every refusal is problem details (RFC 9457).

mod auth;
mod catalog;
mod corrections;
mod deploys;
mod dora;
mod exchange;
mod gates;
mod incidents;
mod intake;
mod listing;
mod openapi;
mod problem;
mod receive;
mod search;
mod services;
mod shape;

use axum::{Router, middleware, routing::get};
use commands::Commands;
use http::StatusCode;
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::auth::Gate;

/// The routes of the API and of its document, behind so many trusted proxies, until the process ends.
pub fn router(commands: &Commands, hops: usize, stopping: &CancellationToken) -> Router {
    let gate = Gate {
        commands: commands.clone(),
        hops,
        stopping: stopping.clone(),
    };
    let (api, document) = OpenApiRouter::with_openapi(openapi::heading())
        .nest("/api/v1", v1())
        .route_layer(middleware::from_fn_with_state(gate.clone(), auth::authenticate))
        // Below the door: whoever exchanges a token has none of ours yet.
        .routes(routes!(exchange::exchange))
        .split_for_parts();
    let document = openapi::Document::of(document);
    api.with_state(gate)
        .route("/api/openapi.json", get(openapi::document).with_state(document))
        .route("/api", get(nothing))
        .route("/api/{*rest}", axum::routing::any(nothing))
        .layer(middleware::from_fn(problem::write))
}

fn v1() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(services::list, services::register))
        .routes(routes!(services::show))
        .routes(routes!(services::deploys))
        .routes(routes!(search::dependencies))
        .routes(routes!(search::search))
        .routes(routes!(deploys::list, deploys::report))
        .routes(routes!(deploys::show))
        .routes(routes!(deploys::report_phase))
        .routes(routes!(deploys::steering::cancel))
        .routes(routes!(deploys::steering::confirm))
        .routes(routes!(deploys::steering::roll_back))
        .routes(routes!(gates::ask))
        .routes(routes!(gates::show))
        .routes(routes!(corrections::correct))
        .routes(routes!(corrections::undo))
        .routes(routes!(incidents::list, incidents::report))
        .routes(routes!(incidents::show))
        .routes(routes!(dora::figures))
        .routes(routes!(dora::deploys))
        .routes(routes!(dora::changes))
        .routes(routes!(catalog::entity))
        .routes(routes!(catalog::environments))
        .routes(routes!(catalog::teams))
        .routes(routes!(intake::deliveries))
        .routes(routes!(intake::delivery))
        .routes(routes!(intake::unmatched))
        .routes(routes!(intake::jobs))
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}
