//! Everything a person sees: pages rendered on the server, and the few islands that run in the browser.
//!
//! # Mounting (for the server crate)
//!
//! ```ignore
//! let assets = app::Assets::locate(&leptos_options)?;              // refuses to start on a half-built site
//! let pages = app::router(app::AppContext { leptos_options, assets, /* … */ });  // pages, POST /theme, 404 fallback
//! ```
//!
//! `app::router` answers every path that is not a static file, so merge the machine routes (`/api`, `/webhooks`,
//! `/healthz`) into it and serve `/pkg`, `/fonts` and `/favicon.svg` from the site root beside it. Pages expect these
//! request extensions, put there by middleware:
//!
//! - [`CspNonce`]: the nonce of the `Content-Security-Policy` header of this response;
//! - [`Visitor`]: the session and where the request comes from;
//! - `domain::actor::Viewer`: who asks. Without one only the pages of the way in are shown;
//! - [`Refused`]: why the page is not shown to this viewer, where that is so;
//! - the header `x-request-id`: shown as the reference of a failure.
//!
//! # The two worlds
//!
//! Modules below the line compile only for the server; those above it also compile to wasm32. The `cfg` stands on
//! `mod` lines only, never inside a function.

// A view is one nested type, and that of the whole document is deeper than the default of 128.
#![recursion_limit = "256"]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a component owns its properties: the view macro moves them in"
)]

pub mod features;
pub mod format;
pub mod islands;
pub mod paths;

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
mod assets;
#[cfg(feature = "ssr")]
mod csv;
#[cfg(feature = "ssr")]
pub mod ctx;
#[cfg(feature = "ssr")]
mod download;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
mod kept;
#[cfg(feature = "ssr")]
mod moments;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod parts;
#[cfg(feature = "ssr")]
pub mod policy;
#[cfg(feature = "ssr")]
mod query;
#[cfg(feature = "ssr")]
mod rail;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod theme;
#[cfg(feature = "ssr")]
pub mod ui;
#[cfg(feature = "ssr")]
mod visitor;

#[cfg(feature = "hydrate")]
mod hydrate;

#[cfg(feature = "ssr")]
pub use self::{
    assets::{Assets, AssetsError},
    ctx::{AppContext, CspNonce, Refused},
    routes::{App, listed, router},
    visitor::Visitor,
};
