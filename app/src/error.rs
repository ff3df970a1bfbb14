//! The one error that pages see, its status and its page: what happened, and where to go from here.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::error::FieldErrors;
use http::StatusCode;
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    page::{Page, Section},
    paths,
    ui::{ButtonKind, LinkButton, SearchField, Time},
};

/// Why a page cannot be shown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The viewer may not see this.
    #[error("{why}")]
    Denied {
        /// What is missing and who can grant it.
        why: String,
    },
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// The thing, for example `service named ledger`.
        what: String,
    },
    /// The address or form does not fit.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The state changed meanwhile.
    #[error("{why}")]
    Conflict {
        /// What changed and what to do.
        why: String,
    },
    /// A system that this page needs does not answer.
    #[error("{system} does not answer")]
    Unavailable {
        /// Its name.
        system: String,
        /// When asking again makes sense.
        retry_at: Option<DateTime<Utc>>,
    },
    /// Something broke here; the log has the rest under the reference.
    #[error("internal error {reference}")]
    Internal {
        /// What to quote.
        reference: String,
    },
}

impl PageError {
    /// "There is no …" for a thing of the catalogue or the history.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// One field of the address or form is wrong.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "Sign in to see this",
            Self::Denied { .. } => "You cannot see this",
            Self::NotFound { .. } => "Not here",
            Self::Invalid(_) => "This address does not fit",
            Self::Conflict { .. } => "It changed meanwhile",
            Self::Unavailable { .. } => "Not available right now",
            Self::Internal { .. } => "Something broke on our side",
        }
    }

    fn words(&self) -> Cow<'static, str> {
        match self {
            Self::SignedOut => "This page is for people of the organisation. Sign in, then open the address again.".into(),
            Self::Denied { why } | Self::Conflict { why } => why.clone().into(),
            Self::NotFound { what } => {
                format!("There is no {what}. It may have been renamed or removed; the search knows what exists.").into()
            }
            Self::Invalid(errors) => errors.to_string().into(),
            Self::Unavailable { system, .. } => {
                format!("{system} does not answer, and this page cannot be drawn without it. Everything else works.").into()
            }
            Self::Internal { .. } => {
                "The failure is in the log under the reference below. Trying again is safe; nothing was changed by looking.".into()
            }
        }
    }

    /// The page that says so, with the ways on.
    pub fn page(&self, ctx: &Ctx) -> Page {
        Page::new(Section::None, self.title())
            .body(view! { <ErrorBody error=self.clone() here=ctx.here() /> })
    }
}

#[component]
fn ErrorBody(error: PageError, here: String) -> impl IntoView {
    let facts = match &error {
        PageError::Internal { reference } => Some(
            view! { <p class="failure-fact">"Reference "<code>{reference.clone()}</code></p> }.into_any(),
        ),
        PageError::Unavailable {
            retry_at: Some(at), ..
        } => Some(view! { <p class="failure-fact">"Try again "<Time at=*at /></p> }.into_any()),
        _ => None,
    };
    let search = matches!(error, PageError::NotFound { .. }).then(|| {
        view! {
            <form class="failure-search" action=paths::services() method="get" role="search">
                <SearchField label="Search services" name="q" placeholder="Name, team or repository" />
            </form>
        }
    });
    let retry = matches!(
        error,
        PageError::Internal { .. } | PageError::Unavailable { .. } | PageError::Conflict { .. }
    )
    .then(|| view! { <LinkButton href=here kind=ButtonKind::Primary>"Try again"</LinkButton> });
    view! {
        <section class="failure" aria-labelledby="failure-title">
            <p class="failure-status">{error.status().as_u16()}</p>
            <h1 id="failure-title">{error.title()}</h1>
            <p class="failure-words">{error.words()}</p>
            {facts}
            {search}
            <div class="failure-ways">
                {retry}
                <LinkButton href=paths::services()>"All services"</LinkButton>
                <LinkButton href=paths::home()>"Home"</LinkButton>
            </div>
        </section>
    }
}
