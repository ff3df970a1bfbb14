//! Who calls: the holder of the bearer token. Nobody else is let in, wherever they call from, and whoever sends tokens that
//! do not work is told to wait after a while.

use axum::{
    extract::{FromRef, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use commands::{CommandError, Commands};
use domain::{
    access::{Action, Resource, authorize},
    actor::Viewer,
};
use http::{HeaderMap, Method, header};

use super::problem::ApiError;
use crate::http::address;

/// What the door needs.
#[derive(Clone)]
pub(super) struct Gate {
    pub commands: Commands,
    /// Trusted proxies before Fairway.
    pub hops: usize,
}

impl FromRef<Gate> for Commands {
    fn from_ref(gate: &Gate) -> Self {
        gate.commands.clone()
    }
}

/// Lets holders of a token in, as [`Viewer`] among the request's extensions. Reading needs the scope `read`; what
/// writing needs, each command says.
pub(super) async fn authenticate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let secret = bearer(request.headers()).map(str::to_owned);
    let tried = secret.is_some();
    match holder(&gate.commands, secret, reads).await {
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

async fn holder(commands: &Commands, secret: Option<String>, reads: bool) -> Result<Viewer, CommandError> {
    let secret = secret.ok_or(CommandError::SignedOut)?;
    let viewer = commands.holder_of(&secret).await?;
    if reads {
        authorize(&viewer, Action::Look, &Resource::Anything)?;
    }
    Ok(viewer)
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
