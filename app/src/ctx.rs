//! What a page reads from its request: who asks, when, in which zone, and what to read from.
//!
//! Pages take a [`Ctx`] with [`current`] before their first await and pass it to their loader.

use std::{fmt::Write, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use commands::{CommandError, Commands};
use domain::{
    access::{Action, Owned, Resource, authorize},
    actor::Viewer,
    environments::EnvironmentClass,
    ids::ServiceId,
    organisation::Organisation,
    sight::Sight,
};
use http::{Uri, header};
use leptos::{config::LeptosOptions, nonce::Nonce, prelude::*};
use leptos_router::hooks::use_params_map;
use store::Reads;

use crate::{
    assets::Assets,
    error,
    policy::policy,
    query::{self, Known},
    theme::Theme,
    ui::Clock,
    visitor::Visitor,
};

/// What all pages share for the life of the process.
#[derive(Clone)]
pub struct AppContext {
    /// Where the built site is and how its files are named.
    pub leptos_options: LeptosOptions,
    /// Addresses of the stylesheet, script and wasm.
    pub assets: Assets,
    /// Everything that pages do, the reads beside it, and the clock.
    pub commands: Commands,
    /// Name, time zone and whether this is the demo, which every page says.
    pub organisation: Arc<Organisation>,
    /// The address that people type, for links that are sent to them.
    pub public_url: Arc<str>,
    /// Whether links into the demo work: only where nobody else can reach this process.
    pub demo_links: bool,
}

/// The nonce of this response's content security policy: a request extension put there by the server's middleware.
#[derive(Clone, Debug)]
pub struct CspNonce(pub Arc<str>);

/// Why a page is not shown to whoever asks: a request extension put there by the server's middleware.
#[derive(Clone, Debug)]
pub struct Refused(pub String);

/// What one page reads from its request.
#[derive(Clone)]
pub struct Ctx {
    /// What all pages share.
    pub app: AppContext,
    /// Who asks; `None` when nobody is signed in.
    pub viewer: Option<Viewer>,
    /// The session and where the request comes from.
    pub visitor: Option<Visitor>,
    /// Why this page is not shown, where it is not.
    pub refused: Option<Refused>,
    /// The moment of the request; every relative time on the page counts from it.
    pub now: DateTime<Utc>,
    /// The zone that times are shown in: the person's choice, else the organisation's.
    pub zone: Tz,
    /// Light, dark or the system's.
    pub theme: Theme,
    /// What to quote when something failed: the request id.
    pub reference: Arc<str>,
    /// The address asked for.
    pub uri: Uri,
}

impl Ctx {
    /// The path asked for, without the query.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Path and query, for forms that come back here.
    pub fn here(&self) -> String {
        self.uri
            .path_and_query()
            .map_or_else(|| "/".into(), |both| both.as_str().to_owned())
    }

    /// What pages read from: as whoever asks sees it, which is nothing private where nobody is signed in.
    pub fn reads(&self) -> Reads {
        match &self.viewer {
            Some(viewer) => self.app.commands.reads_of(viewer),
            None => self.app.commands.reads().seen_by(Sight::nothing()),
        }
    }

    /// What pages do.
    pub fn commands(&self) -> &Commands {
        &self.app.commands
    }

    /// The query of this address at another path.
    pub fn here_at(&self, path: &str) -> String {
        self.uri
            .query()
            .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }

    /// Who asks.
    ///
    /// # Errors
    /// [`CommandError::SignedOut`] when nobody is signed in.
    pub fn viewer(&self) -> Result<&Viewer, CommandError> {
        self.viewer.as_ref().ok_or(CommandError::SignedOut)
    }

    /// Why whoever asks may not do something, for the button that would; `None` where they may.
    pub fn why_not(&self, action: Action, resource: &Resource) -> Option<String> {
        match &self.viewer {
            Some(viewer) => authorize(viewer, action, resource)
                .err()
                .map(|why| why.to_string()),
            None => Some("Sign in first.".to_owned()),
        }
    }

    /// Whether whoever asks may open one of our addresses; those that name one thing are not asked about.
    pub fn may_open(&self, href: &str) -> bool {
        let (rule, viewer) = (policy(href), self.viewer.as_ref());
        rule.zip(viewer)
            .is_some_and(|(rule, viewer)| rule.allows(viewer).is_ok())
    }

    /// The same as [`why_not`](Self::why_not) where a single service is concerned.
    ///
    /// # Errors
    /// When the service's owner cannot be read.
    pub async fn why_not_on(
        &self,
        action: Action,
        service: ServiceId,
        class: Option<EnvironmentClass>,
    ) -> Result<Option<String>, CommandError> {
        if self
            .viewer
            .as_ref()
            .is_none_or(|viewer| viewer.grants().is_none())
        {
            return Ok(self.why_not(action, &Resource::Anything));
        }
        let owned = Owned {
            class,
            ..self.reads().owned_service(service).await?
        };
        Ok(self.why_not(action, &Resource::Owned(owned)))
    }

    /// The key of the session that asks, as lists name it.
    pub fn session_key(&self) -> Option<String> {
        let key = self.visitor.as_ref()?.key()?;
        Some(key.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

/// The query of what is no page: tables as files, the palette's list. Read as a page's is, so that what cannot be read is
/// refused in the same words.
pub struct Queried<T>(pub T);

/// Why a request was refused before it was answered.
#[derive(Debug)]
pub struct Unreadable(CommandError);

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        error::plain(&self.0)
    }
}

impl<S: Sync, T: Known> FromRequestParts<S> for Queried<T> {
    type Rejection = Unreadable;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unreadable> {
        query::read(&parts.uri).map(Self).map_err(Unreadable)
    }
}

/// What whoever asks may read, for what is no page; refused where nobody is signed in.
pub struct Readable(pub Reads);

impl FromRequestParts<AppContext> for Readable {
    type Rejection = Unreadable;

    async fn from_request_parts(parts: &mut Parts, app: &AppContext) -> Result<Self, Unreadable> {
        match parts.extensions.get::<Viewer>() {
            Some(viewer) => Ok(Self(app.commands.reads_of(viewer))),
            None => Err(Unreadable(CommandError::SignedOut)),
        }
    }
}

/// Who asks, for what is no page; refused where nobody is signed in.
pub struct Asking(pub Viewer);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Unreadable;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unreadable> {
        match parts.extensions.get::<Viewer>() {
            Some(viewer) => Ok(Self(viewer.clone())),
            None => Err(Unreadable(CommandError::SignedOut)),
        }
    }
}

/// The request's context. Call it in a page's component, before any await.
pub fn current() -> Ctx {
    expect_context::<Ctx>()
}

/// Whether GitHub is asked for what events leave out; where it is not, a page that misses something says so.
pub fn asks_github() -> bool {
    use_context::<Ctx>().is_some_and(|ctx| ctx.commands().asks_github())
}

/// Why whoever asks may not do something to the organisation as a whole, or anywhere, for the button that would.
pub fn why_not(action: Action, resource: &Resource) -> Option<String> {
    use_context::<Ctx>().and_then(|ctx| ctx.why_not(action, resource))
}

/// A parameter of the matched route, decoded; empty when the route has none of that name.
pub fn param(name: &str) -> String {
    use_params_map()
        .with_untracked(|params| params.get(name))
        .unwrap_or_default()
}

/// Puts the request's [`Ctx`] and nonce where components find them; runs once per request.
pub(crate) fn provide(app: &AppContext) {
    let parts = expect_context::<Parts>();
    if let Some(CspNonce(nonce)) = parts.extensions.get() {
        provide_context(Nonce::from_value(Arc::clone(nonce)));
    }
    let ctx = read(app, &parts);
    provide_context(Clock {
        now: ctx.now,
        zone: ctx.zone,
    });
    provide_context(ctx);
}

fn read(app: &AppContext, parts: &Parts) -> Ctx {
    let reference = parts
        .headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("none");
    Ctx {
        app: app.clone(),
        viewer: parts.extensions.get().cloned(),
        visitor: parts.extensions.get().cloned(),
        refused: parts.extensions.get().cloned(),
        now: app.commands.now(),
        zone: cookie(parts, "fairway_zone")
            .and_then(|name| name.parse().ok())
            .unwrap_or(app.organisation.time_zone),
        theme: cookie(parts, Theme::COOKIE)
            .and_then(Theme::parse)
            .unwrap_or_default(),
        reference: reference.into(),
        uri: parts.uri.clone(),
    }
}

/// The value of a cookie of the request.
fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
