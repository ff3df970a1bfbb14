//! Forms that people send: plain POSTs to the page's own address. What is right ends in a redirect back; what is wrong
//! draws the same page again with the errors above the form and what was typed still in it.

use std::{collections::HashMap, future::Future};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Redirect, Response},
};
use commands::CommandError;
use domain::actor::Viewer;
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_async_with_context};

use crate::{
    ctx::{self, AppContext},
    error,
    routes::App,
};

/// More than any form of ours holds.
const MAX_FORM: usize = 64 * 1024;

/// The fields of a form by name; a missing one is empty.
#[derive(Clone, Debug, Default)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    /// What stands in a field, without spaces around it.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

/// A form that was sent and not taken: what is wrong, and what stood in it. Empty on a page that was only opened.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Field and message.
    pub errors: Vec<(String, String)>,
    /// What was typed.
    pub fields: Fields,
    status: Option<StatusCode>,
}

impl Sent {
    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors
            .iter()
            .find(|(wrong, _)| wrong == field)
            .map(|(_, message)| message.clone())
    }
}

/// The form that this page answers; call it in the page's component, before any await.
pub fn sent() -> Sent {
    let sent = use_context::<Sent>().unwrap_or_default();
    if let (Some(status), Some(response)) = (sent.status, use_context::<ResponseOptions>()) {
        response.set_status(status);
    }
    sent
}

/// Runs what a form asks for. `act` gives the address to go on to.
pub async fn answer<F>(
    app: AppContext,
    request: Request,
    act: impl FnOnce(AppContext, Viewer, Fields) -> F,
) -> Response
where
    F: Future<Output = Result<String, CommandError>>,
{
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let fields = Fields(
        url::form_urlencoded::parse(&bytes)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
    );
    let outcome = match parts.extensions.get::<Viewer>().cloned() {
        Some(viewer) => act(app.clone(), viewer, fields.clone()).await,
        None => Err(CommandError::SignedOut),
    };
    let problem = match outcome {
        Ok(href) => return Redirect::to(&href).into_response(),
        Err(problem) => problem,
    };
    let sent = Sent {
        status: Some(error::status(&problem)),
        errors: messages(problem, &parts),
        fields,
    };
    let context = move || {
        ctx::provide(&app);
        provide_context(sent.clone());
    };
    let request = Request::from_parts(parts, Body::empty());
    render_app_async_with_context(context, App)(request).await
}

/// Field and message of everything wrong; a fault of Fairway's is logged here, once.
fn messages(problem: CommandError, parts: &http::request::Parts) -> Vec<(String, String)> {
    match problem {
        CommandError::Invalid(errors) => errors
            .0
            .into_iter()
            .map(|error| (error.field, error.message))
            .collect(),
        CommandError::Internal(source) => {
            let source: &(dyn std::error::Error + 'static) = source.as_ref();
            tracing::error!(error = source, path = parts.uri.path(), "a form failed");
            let message = "Something broke on our side; what you sent was not saved. Trying again is safe.";
            vec![(String::new(), message.to_owned())]
        }
        other => vec![(String::new(), other.to_string())],
    }
}
