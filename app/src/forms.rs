//! Forms that people send: plain POSTs to the page's own address. What is right ends in a redirect back; what is wrong
//! draws the same page again with the errors above the form and what was typed still in it.

use std::{fmt, future::Future};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use commands::CommandError;
use domain::actor::Viewer;
use http::{StatusCode, Uri, request::Parts};
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_async_with_context};

use crate::{
    ctx::{self, AppContext},
    error, format, paths,
    routes::App,
    ui::OF_PAGE,
    visitor::Visitor,
};

/// More than any form of ours holds.
pub const MAX_FORM: usize = 64 * 1024;

/// Nobody is told to try again "just now".
const SOONEST: TimeDelta = TimeDelta::seconds(5);

/// The fields of a form by name; a missing one is empty.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// What stands in a field, without spaces around it.
    pub fn get(&self, name: &str) -> &str {
        self.untrimmed(name).trim()
    }

    /// What stands in a field, just as it was typed: a password.
    pub fn untrimmed(&self, name: &str) -> &str {
        self.0
            .iter()
            .rfind(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    /// What was ticked under one name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

/// The names only: what is typed may be a password.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// What came of a form. What is shown once, recovery codes or a link, is not in its `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Done {
    /// Go on to an address.
    Go(String),
    /// Draw the page with something under a name that is shown this once.
    Show(&'static str, String),
    /// The same on the page of another address.
    ShowAt(String, &'static str, String),
    /// Draw the page with what was typed still in it: something was tried and nothing done.
    Try(&'static str),
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go(href) => f.debug_tuple("Go").field(href).finish(),
            Self::Show(name, _) => f.debug_tuple("Show").field(name).finish(),
            Self::ShowAt(href, name, _) => f.debug_tuple("ShowAt").field(href).field(name).finish(),
            Self::Try(name) => f.debug_tuple("Try").field(name).finish(),
        }
    }
}

impl From<String> for Done {
    fn from(href: String) -> Self {
        Self::Go(href)
    }
}

/// A form that was sent and not taken: what is wrong, and what stood in it. Empty on a page that was only opened. Its `Debug`
/// says neither what was typed nor what is shown.
#[derive(Clone, Default)]
pub struct Sent {
    /// Field and message.
    pub errors: Vec<(String, String)>,
    /// What was typed.
    pub fields: Fields,
    status: Option<StatusCode>,
    /// After how many seconds it can be sent again.
    retry_after: Option<i64>,
    /// What is shown this once.
    shown: Option<(&'static str, String)>,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent")
            .field("fields", &self.fields)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Sent {
    /// The same where this act was asked for, else nothing: of a page with several forms, one was sent.
    #[must_use]
    pub fn of(&self, act: &str) -> Self {
        if self.fields.get("act") == act {
            self.clone()
        } else {
            Self::default()
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors
            .iter()
            .find(|(wrong, _)| wrong == field)
            .map(|(_, message)| message.clone())
    }

    /// Whether what it is about was another meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.status == Some(StatusCode::CONFLICT)
    }

    /// What is shown this once under a name.
    pub fn shown(&self, name: &str) -> Option<String> {
        self.shown
            .as_ref()
            .filter(|(shown, _)| *shown == name)
            .map(|(_, text)| text.clone())
    }
}

/// The form that this page answers; call it in the page's component, before any await.
pub fn sent() -> Sent {
    let sent = use_context::<Sent>().unwrap_or_default();
    if let (Some(status), Some(response)) = (sent.status, use_context::<ResponseOptions>()) {
        response.set_status(status);
        error::say_when(&response, sent.retry_after);
    }
    sent
}

/// Runs what a form of someone signed in asks for. `act` gives the address to go on to, or what to show.
pub async fn answer<F, D>(
    app: AppContext,
    request: Request,
    act: impl FnOnce(AppContext, Viewer, Fields) -> F,
) -> Response
where
    F: Future<Output = Result<D, CommandError>>,
    D: Into<Done>,
{
    let viewer = request.extensions().get::<Viewer>().cloned();
    run(app, request, |app, fields| async move {
        match viewer {
            Some(viewer) => act(app, viewer, fields).await.map(Into::into),
            None => Err(CommandError::SignedOut),
        }
    })
    .await
}

/// Runs what a form asks for whoever sends it: of the way in, and of one's own session.
pub async fn answer_visitor<F>(
    app: AppContext,
    request: Request,
    act: impl FnOnce(AppContext, Visitor, Fields) -> F,
) -> Response
where
    F: Future<Output = Result<Done, CommandError>>,
{
    let visitor = request.extensions().get::<Visitor>().cloned();
    run(app, request, |app, fields| async move {
        match visitor {
            Some(visitor) => act(app, visitor, fields).await,
            None => Err(CommandError::SignedOut),
        }
    })
    .await
}

async fn run<F>(app: AppContext, request: Request, act: impl FnOnce(AppContext, Fields) -> F) -> Response
where
    F: Future<Output = Result<Done, CommandError>>,
{
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let fields = Fields(
        url::form_urlencoded::parse(&bytes)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
    );
    let sent = match act(app.clone(), fields.clone()).await {
        Ok(Done::Go(href)) => return Redirect::to(&href).into_response(),
        Ok(Done::Show(name, text)) => Sent {
            shown: Some((name, text)),
            ..Sent::default()
        },
        Ok(Done::ShowAt(href, name, text)) => {
            if let Ok(uri) = href.parse() {
                parts.uri = uri;
            }
            Sent {
                shown: Some((name, text)),
                ..Sent::default()
            }
        }
        Ok(Done::Try(name)) => Sent {
            fields,
            shown: Some((name, String::new())),
            ..Sent::default()
        },
        Err(problem) => Sent {
            fields,
            ..refused(problem, &parts, app.commands.now())
        },
    };
    draw(app, parts, sent).await
}

/// Draws the page of an address, which a form or a link was sent to, with what came of it.
async fn draw(app: AppContext, parts: Parts, sent: Sent) -> Response {
    let context = move || {
        ctx::provide(&app);
        provide_context(sent.clone());
    };
    let request = Request::from_parts(parts, Body::empty());
    render_app_async_with_context(context, App)(request).await
}

/// Why a link led nowhere, and the page that says so.
pub struct Elsewhere {
    /// Its address.
    pub page: String,
    /// Why.
    pub problem: CommandError,
}

impl From<CommandError> for Elsewhere {
    fn from(problem: CommandError) -> Self {
        Self {
            page: paths::sign_in(),
            problem,
        }
    }
}

/// Does what a link of the way in asks for, and goes on to the address that comes of it; or says on a page why not.
pub async fn answer_link<F>(
    app: AppContext,
    request: Request,
    act: impl FnOnce(AppContext, Visitor, Uri) -> F,
) -> Response
where
    F: Future<Output = Result<String, Elsewhere>>,
{
    let (mut parts, _) = request.into_parts();
    let came = match parts.extensions.get::<Visitor>().cloned() {
        Some(visitor) => act(app.clone(), visitor, parts.uri.clone()).await,
        None => Err(CommandError::SignedOut.into()),
    };
    let Elsewhere { page, problem } = match came {
        Ok(href) => return Redirect::to(&href).into_response(),
        Err(elsewhere) => elsewhere,
    };
    let sent = refused(problem, &parts, app.commands.now());
    if let Ok(uri) = page.parse() {
        parts.uri = uri;
    }
    draw(app, parts, sent).await
}

/// What the page of a form says of a refusal.
fn refused(problem: CommandError, parts: &Parts, now: DateTime<Utc>) -> Sent {
    Sent {
        status: Some(error::status(&problem)),
        retry_after: error::retry_after(&problem, now),
        errors: messages(problem, parts, now),
        ..Sent::default()
    }
}

/// Field and message of everything wrong, as sentences begin; a fault of Fairway's is logged here, once.
fn messages(problem: CommandError, parts: &Parts, now: DateTime<Utc>) -> Vec<(String, String)> {
    match problem {
        CommandError::Invalid(errors) => errors
            .0
            .into_iter()
            .map(|error| (error.field, sentence(&error.message)))
            .collect(),
        CommandError::Internal(source) => {
            let source: &(dyn std::error::Error + 'static) = source.as_ref();
            tracing::error!(error = source, path = parts.uri.path(), "a form failed");
            let message = "Something broke on our side; what you sent was not saved. Trying again is safe.";
            vec![(String::new(), message.to_owned())]
        }
        CommandError::TooMany { retry_at } => {
            let message = format!(
                "This was tried too often. Try again {}.",
                format::relative(retry_at.max(now + SOONEST), now)
            );
            vec![(String::new(), message)]
        }
        CommandError::Conflict { why } => vec![(OF_PAGE.to_owned(), sentence(&why))],
        other => vec![(String::new(), sentence(&other.to_string()))],
    }
}

/// Messages of commands are clauses; above a form they stand for themselves.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
