//! All routes, and the layers around them from the outermost in.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer};

use super::{
    AppState, assets,
    body::{self, BodyRules},
    head, headers, health,
    host::{self, PublicHost},
    observe,
    refusal::{self, Refusal},
};
use crate::{auth, live};

/// The whole application over HTTP.
pub fn router(state: &AppState) -> Router {
    let css: Arc<str> = state.app.assets.css().into();
    let public = PublicHost::of(&state.config.http.public_url);
    let csrf = csrf(&state.config.http.public_url);
    routes(state)
        .layer(csrf)
        .layer(middleware::from_fn_with_state(public, host::check))
        .layer(middleware::from_fn(head::check))
        .layer(CatchPanicLayer::custom(broken))
        .layer(middleware::from_fn_with_state(css, refusal::explain))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(site(state), headers::secure))
        .layer(middleware::from_fn_with_state(
            state.config.http.trusted_proxies,
            observe::observe,
        ))
}

fn site(state: &AppState) -> headers::Site {
    headers::Site {
        form_target: crate::github::web_url(&state.config.github.api_url).into(),
        is_https: state.config.http.public_url.starts_with("https://"),
    }
}

fn routes(state: &AppState) -> Router {
    let (deliveries, rest) = BodyRules::pair(&state.config.limits);
    let webhooks = crate::webhooks::router(state)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(deliveries, body::guard));
    let health = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(state.clone());
    let pages = app::router(state.app.clone()).merge(live::router(state));
    auth::guard(pages, state)
        .merge(health)
        .merge(crate::api::router(
            &state.commands,
            state.config.http.trusted_proxies,
            &state.stopping,
        ))
        .merge(assets::router(&state.config.site))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(rest, body::guard))
        .merge(webhooks)
}

/// Refuses forms that another site sends. Webhooks are signed and the API takes bearer tokens, never cookies, so a
/// browser cannot be made to send them with someone's rights.
fn csrf(origin: &str) -> CsrfLayer<fn(tower_http::csrf::ProtectionError) -> Response> {
    let layer = CsrfLayer::new();
    // The origin was checked when the settings were read; the layer checks it once more.
    let layer = layer.clone().add_trusted_origin(origin).unwrap_or(layer);
    layer
        .with_insecure_bypass(|_, uri| {
            uri.path().starts_with("/webhooks/") || uri.path().starts_with("/api/v1/")
        })
        .with_rejection_response(refuse_cross_origin)
}

fn refuse_cross_origin(_: tower_http::csrf::ProtectionError) -> Response {
    Refusal::CrossOrigin.into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn broken(panic: Box<dyn Any + Send>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = words, "a handler broke");
    Refusal::Panic.into_response()
}
