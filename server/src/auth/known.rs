//! Sessions that a provider began: they go on while it says that it still knows the person.
//!
//! No token of the provider is kept to ask with. The browser asks it, on the way to the next page and without a word to the
//! person, so that what is stolen from the database opens nothing there.

use app::{Visitor, policy::Policy};
use axum::{
    extract::Request,
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use commands::Commands;
use domain::actor::Viewer;
use http::{Method, StatusCode};

use super::{back_to, draws_page, wants_page};

/// What is to be done about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It goes on.
    Known,
    /// The provider is to be asked with the next page; what is typed is not lost meanwhile.
    ToAsk,
    /// It was to be asked long ago: nothing but asking is open.
    Unknown,
}

/// Who asks, where the session may still say so; or the answer that leads to the provider.
pub(super) async fn go_on(
    commands: &Commands,
    visitor: &Visitor,
    request: &Request,
    (rule, viewer): (Option<Policy>, Option<Viewer>),
) -> Result<Option<Viewer>, Response> {
    if viewer.is_none() || rule == Some(Policy::Anyone) {
        return Ok(viewer);
    }
    let since = visitor.known_since().await.map_err(|problem| {
        tracing::warn!(
            error = &problem as &dyn std::error::Error,
            "a session cannot be read"
        );
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    })?;
    let Some(since) = since else {
        return Ok(viewer);
    };
    let ways = commands.ways();
    let age = TimeDelta::seconds(commands.now().timestamp() - since);
    let standing = standing(age, ways.recheck);
    match standing {
        Standing::Known => Ok(viewer),
        // The provider was taken out of the settings.
        Standing::ToAsk | Standing::Unknown if ways.oidc.is_none() => Ok(None),
        Standing::ToAsk | Standing::Unknown if goes_to_a_page(request) => Err(ask(request)),
        Standing::ToAsk => Ok(viewer),
        Standing::Unknown => Ok(None),
    }
}

fn standing(age: TimeDelta, recheck: TimeDelta) -> Standing {
    if age < recheck {
        Standing::Known
    } else if age < recheck * 2 {
        Standing::ToAsk
    } else {
        Standing::Unknown
    }
}

/// Whether the browser itself goes to a page: what a page's scripts ask for cannot be led elsewhere.
fn goes_to_a_page(request: &Request) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    *request.method() == Method::GET
        && mode.is_none_or(|mode| mode == "navigate")
        && wants_page(request.headers())
        && draws_page(request)
}

fn ask(request: &Request) -> Response {
    let to = back_to(request);
    let to = app::paths::with_query(&app::paths::sign_in_oidc(), [("again", "true"), ("to", to)]);
    Redirect::to(&to).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_goes_on_while_the_provider_was_asked() {
        let after = |minutes| standing(TimeDelta::minutes(minutes), TimeDelta::minutes(15));
        assert_eq!(after(0), Standing::Known);
        assert_eq!(after(14), Standing::Known);
        assert_eq!(after(15), Standing::ToAsk);
        assert_eq!(after(29), Standing::ToAsk);
        assert_eq!(after(30), Standing::Unknown);
    }
}
