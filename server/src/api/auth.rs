//! Who calls: the holder of the bearer token. Nobody else is let in, wherever they call from, and whoever sends tokens that
//! do not work is told to wait after a while.

use axum::{
    extract::{FromRef, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use commands::{CommandError, Commands};
use domain::{
    access::{Action, Resource, authorize},
    actor::Viewer,
};
use http::{HeaderMap, Method, header};
use tokio_util::sync::CancellationToken;

use super::problem::ApiError;
use crate::http::address;

/// What the door needs.
#[derive(Clone)]
pub(super) struct Gate {
    pub commands: Commands,
    /// Trusted proxies before Fairway.
    pub hops: usize,
    /// Whether the process ends: then nobody is kept waiting.
    pub stopping: CancellationToken,
}

impl FromRef<Gate> for Commands {
    fn from_ref(gate: &Gate) -> Self {
        gate.commands.clone()
    }
}

/// Lets holders of a token in, as [`Viewer`] among the request's extensions, where they may do this anywhere: whoever may not
/// is told so whatever they send. On what they may do it, each command says.
pub(super) async fn authenticate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let action = needed(request.method(), route.map_or("", MatchedPath::as_str));
    let secret = bearer(request.headers()).map(str::to_owned);
    let tried = secret.is_some();
    match holder(&gate.commands, secret, action).await {
        Ok(viewer) => {
            request.extensions_mut().insert(viewer);
            next.run(request).await
        }
        Err(CommandError::SignedOut) if tried => {
            let from = address::of(&request, gate.hops)
                .map_or_else(|| "unknown".to_owned(), |address| address.to_string());
            ApiError::from(gate.commands.failing_token(&from)).into_response()
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

async fn holder(
    commands: &Commands,
    secret: Option<String>,
    action: Option<Action>,
) -> Result<Viewer, CommandError> {
    let secret = secret.ok_or(CommandError::SignedOut)?;
    let viewer = commands.holder_of(&secret).await?;
    if let Some(action) = action {
        authorize(&viewer, action, &Resource::Anything)?;
    }
    Ok(viewer)
}

/// What a route does; `None` for a method that it does not take, and for one whose command alone says.
fn needed(method: &Method, route: &str) -> Option<Action> {
    match (method, route) {
        // Whoever looks is told to go, and goes.
        (&Method::GET | &Method::HEAD, "/api/v1/gates/{id}") | (&Method::POST, "/api/v1/gates") => {
            Some(Action::RequestDeploy)
        }
        (&Method::GET | &Method::HEAD, _) => Some(Action::Look),
        (&Method::POST, "/api/v1/services") => Some(Action::RegisterService),
        (&Method::POST, "/api/v1/deploys" | "/api/v1/deploys/{id}/phases") => Some(Action::ReportDeploy),
        (
            &Method::POST,
            "/api/v1/deploys/{id}/cancel" | "/api/v1/deploys/{id}/confirm" | "/api/v1/deploys/{id}/rollback",
        ) => Some(Action::Deploy),
        (&Method::POST, "/api/v1/incidents") => Some(Action::ReportIncident),
        (&Method::POST, "/api/v1/deploys/{id}/corrections")
        | (&Method::DELETE, "/api/v1/corrections/{id}") => Some(Action::CorrectDeploy),
        _ => None,
    }
}

/// The secret after `Bearer `; the scheme's name is compared without regard to case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_secret_stands_after_the_scheme() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer fwy_1").as_deref(), Some("fwy_1"));
        assert_eq!(of("bearer  fwy_1").as_deref(), Some("fwy_1"));
        assert_eq!((of("Basic fwy_1"), of("fwy_1"), of("")), (None, None, None));
    }
}
