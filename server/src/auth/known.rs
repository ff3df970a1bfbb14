//! Sessions that a provider began: they go on while it says that it still knows the person.
//!
//! No token of the provider is kept to ask with. The browser asks it, on the way to the next page and without a word to the
//! person, so that what is stolen from the database opens nothing there.

use axum::extract::Request;
use chrono::TimeDelta;
use commands::Commands;
use domain::actor::Viewer;
use http::Method;

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

/// The provider is asked first, at this address of ours.
pub(super) struct ToProvider(pub String);

/// Who asks, where the session may still say so: their provider knew them at `since`, in seconds. `page` is what [`asking`] says
/// of the request.
pub(super) fn go_on(
    commands: &Commands,
    since: i64,
    page: Option<String>,
    viewer: Viewer,
) -> Result<Option<Viewer>, ToProvider> {
    let ways = commands.ways();
    let age = TimeDelta::seconds(commands.now().timestamp() - since);
    match (standing(age, ways.recheck), page) {
        (Standing::Known, _) => Ok(Some(viewer)),
        // The provider was taken out of the settings.
        _ if ways.oidc.is_none() => Ok(None),
        (_, Some(page)) => Err(ToProvider(page)),
        (Standing::ToAsk, None) => Ok(Some(viewer)),
        (Standing::Unknown, None) => Ok(None),
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

/// The address that asks the provider on the way to a page, where the browser itself goes to one: what a page's scripts ask for
/// cannot be led elsewhere.
pub(super) fn asking(request: &Request) -> Option<String> {
    let mode = request.headers().get("sec-fetch-mode");
    let goes_to_a_page = *request.method() == Method::GET
        && mode.is_none_or(|mode| mode == "navigate")
        && wants_page(request.headers())
        && draws_page(request);
    let query = [("again", "true"), ("to", back_to(request))];
    goes_to_a_page.then(|| app::paths::with_query(&app::paths::sign_in_oidc(), query))
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
