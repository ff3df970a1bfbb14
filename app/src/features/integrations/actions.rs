//! What people do on the set-up pages: check now, and finish making an App.

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::error::FieldErrors;
use http::{HeaderMap, header};

use crate::{ctx::AppContext, forms, paths};

/// The cookie with the word that GitHub brings back beside a manifest's code.
pub const STATE_COOKIE: &str = "fairway_github_state";

/// `POST /admin/integrations/github`: checks GitHub now.
pub async fn github_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, _| async move {
        app.commands.check_github_now(&viewer).await?;
        Ok(paths::admin_github())
    })
    .await
}

/// `POST /admin/integrations/github/created`: exchanges the code for the App, where this browser asked for it.
pub async fn github_created_form(State(app): State<AppContext>, request: Request) -> Response {
    let expected = state_of(request.headers());
    forms::answer(app, request, |app, viewer, fields| async move {
        if expected.is_none() || expected.as_deref() != Some(fields.get("state")) {
            let why = "this App was not asked for from this browser, or more than an hour ago; begin again on the GitHub page";
            return Err(FieldErrors::one("state", why).into());
        }
        let made = app.commands.finish_github_app(&viewer, fields.get("code")).await?;
        let id = made.id.to_string();
        Ok(paths::with_query(&paths::admin_github(), [("made", &id), ("slug", &made.slug)]))
    })
    .await
}

/// The word that this browser was given.
fn state_of(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == STATE_COOKIE && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}
