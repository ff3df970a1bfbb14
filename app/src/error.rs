//! What a page that cannot be shown looks like: what happened, and where to go from here.
//!
//! Loaders return [`CommandError`], the one error of the edges; this module gives it a status and a page.

use std::{borrow::Cow, error::Error};

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::error::{FieldError, FieldErrors};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::{
    ctx::Ctx,
    page::{Page, Section},
    paths,
    policy::{Policy, policy},
    ui::{ButtonKind, LinkButton, Time},
};

/// The HTTP status of an error.
pub fn status(error: &CommandError) -> StatusCode {
    match error {
        CommandError::SignedOut => StatusCode::UNAUTHORIZED,
        CommandError::Denied { .. } => StatusCode::FORBIDDEN,
        CommandError::NotFound { .. } => StatusCode::NOT_FOUND,
        CommandError::Invalid(_) => StatusCode::BAD_REQUEST,
        CommandError::Conflict { .. } => StatusCode::CONFLICT,
        CommandError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        CommandError::Unavailable { .. } | CommandError::Garbled { .. } => StatusCode::SERVICE_UNAVAILABLE,
        CommandError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// After how many seconds it is worth trying again, where that is known.
pub fn retry_after(error: &CommandError, now: DateTime<Utc>) -> Option<i64> {
    match error {
        CommandError::TooMany { retry_at }
        | CommandError::Unavailable {
            retry_at: Some(retry_at),
            ..
        } => Some((*retry_at - now).num_seconds().max(1)),
        _ => None,
    }
}

/// Says by `Retry-After` when it is worth trying again.
pub fn say_when(response: &ResponseOptions, seconds: Option<i64>) {
    if let Some(seconds) = seconds {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// The answer without a page, for tables as files: the words alone.
pub fn plain(error: &CommandError) -> Response {
    (status(error), error.to_string()).into_response()
}

/// A problem of one field as one of another: a page with several forms has several fields for one thing.
pub fn at_field(problem: CommandError, (from, to): (&str, &str)) -> CommandError {
    let CommandError::Invalid(errors) = problem else {
        return problem;
    };
    let renamed = errors.0.into_iter().map(|error| FieldError {
        field: if error.field == from {
            to.to_owned()
        } else {
            error.field
        },
        message: error.message,
    });
    CommandError::Invalid(FieldErrors(renamed.collect()))
}

/// The page of an error. A fault of Fairway's is logged here, once, under the reference that the page shows.
pub fn page(error: &CommandError, ctx: &Ctx) -> Page {
    if let CommandError::Internal(source) = error {
        let source: &(dyn Error + 'static) = source.as_ref();
        tracing::error!(error = source, reference = %ctx.reference, path = ctx.path(), "a page failed");
    }
    Page::new(Section::None, title(error)).body(body(error, ctx, Heading::First))
}

/// The rank of an error's title: the page's own, or one among others in the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// `<h1>`
    First,
    /// `<h3>`
    Third,
}

fn title(error: &CommandError) -> &'static str {
    match error {
        CommandError::SignedOut => "Sign in to see this",
        CommandError::Denied { .. } => "You cannot do this",
        CommandError::NotFound { .. } => "Nothing here",
        CommandError::Invalid(_) => "This address does not fit",
        CommandError::Conflict { .. } => "It changed meanwhile",
        CommandError::TooMany { .. } => "Too often",
        CommandError::Unavailable { .. } | CommandError::Garbled { .. } => "Not available right now",
        CommandError::Internal(_) => "Something broke on our side",
    }
}

/// What happened. At the door nobody is sent to a search that is not open to them.
fn words(error: &CommandError, door: bool) -> Cow<'static, str> {
    match error {
        CommandError::SignedOut => {
            "This page is for people of the organisation. Sign in, then open the address again.".into()
        }
        CommandError::Denied { why } | CommandError::Conflict { why } | CommandError::Garbled { why } => {
            why.clone().into()
        }
        CommandError::NotFound { what } if door => format!("There is no {what}.").into(),
        CommandError::NotFound { what } => {
            format!("There is no {what}. It may have been renamed or removed; the search knows what exists.").into()
        }
        CommandError::Invalid(errors) => errors.to_string().into(),
        CommandError::TooMany { .. } => "This was tried too often. Wait until the time below, then try again.".into(),
        CommandError::Unavailable { system, .. } => {
            format!("{system} does not answer, and this page cannot be drawn without it. Try again in a moment.").into()
        }
        CommandError::Internal(_) => {
            "The failure is in the log under the reference below; quote it to whoever runs Fairway. Trying again is safe.".into()
        }
    }
}

/// What a page shows of an error: status, title, words, and ways on.
pub fn body(error: &CommandError, ctx: &Ctx, heading: Heading) -> AnyView {
    let fact = match error {
        CommandError::Internal(_) => Some(
            view! { <p class="failure-fact">"Reference "<code>{ctx.reference.to_string()}</code></p> }
                .into_any(),
        ),
        CommandError::Unavailable {
            retry_at: Some(at), ..
        }
        | CommandError::TooMany { retry_at: at } => {
            Some(view! { <p class="failure-fact">"Try again "<Time at=*at /></p> }.into_any())
        }
        _ => None,
    };
    let door = ctx.viewer.is_none();
    let search = (matches!(error, CommandError::NotFound { .. }) && !door).then(|| {
        view! {
            <form class="failure-search" action=paths::services() method="get" role="search" aria-label="Services">
                <input class="control" type="search" name="q" aria-label="Search for a service by name"
                    placeholder="Service name, team or repository" autocomplete="off" />
            </form>
        }
    });
    let passing = error.is_passing() || matches!(error, CommandError::Conflict { .. });
    let retry = passing
        .then(|| view! { <LinkButton href=ctx.here() kind=ButtonKind::Primary>"Try again"</LinkButton> });
    let title = match heading {
        Heading::First => view! { <h1>{title(error)}</h1> }.into_any(),
        Heading::Third => view! { <h3>{title(error)}</h3> }.into_any(),
    };
    let bare = matches!(error, CommandError::Invalid(_)).then(|| {
        let href = ctx.path().to_owned();
        view! { <LinkButton href kind=ButtonKind::Primary>"Open it without its query"</LinkButton> }
    });
    let sign_in = (door || matches!(error, CommandError::SignedOut)).then(|| {
        let way_in = policy(ctx.path()) == Some(Policy::Anyone);
        let back = if way_in { String::new() } else { ctx.here() };
        let href = paths::with_query(&paths::sign_in(), [("to", back)]);
        view! { <LinkButton href kind=ButtonKind::Primary>"Sign in"</LinkButton> }
    });
    let inside = (!door).then(|| {
        view! {
            <LinkButton href=paths::services()>"All services"</LinkButton>
            <LinkButton href=paths::home()>"Home"</LinkButton>
        }
    });
    view! {
        <section class="failure">
            <p class="failure-status">{status(error).as_u16()}</p>
            {title}
            <p class="failure-words">{words(error, door)}</p>
            {fact}
            {search}
            <div class="failure-ways">
                {sign_in}{retry}{bare}{inside}
            </div>
        </section>
    }
    .into_any()
}
