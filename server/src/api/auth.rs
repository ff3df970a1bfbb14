//! Who calls: the holder of the bearer token. Nobody else is let in, wherever they call from.

use axum::{
    extract::{Request, State},
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

/// Lets holders of a token in, as [`Viewer`] among the request's extensions. Reading needs the scope `read`; what
/// writing needs, each command says.
pub(super) async fn authenticate(
    State(commands): State<Commands>,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let secret = bearer(request.headers()).map(str::to_owned);
    match holder(&commands, secret, reads).await {
        Ok(viewer) => {
            request.extensions_mut().insert(viewer);
            next.run(request).await
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
