//! Everything that answers over HTTP: which routes there are and what surrounds every answer.
//!
//! Must not know SQL or rules; routes call commands and reads. Pages are the app's.

pub(crate) mod address;
mod assets;
mod body;
mod head;
mod headers;
mod health;
mod host;
mod observe;
mod refusal;
mod router;
mod state;

pub(crate) use self::refusal::Refusal;
pub use self::{
    headers::content_security_policy,
    health::{Installation, Readiness, ReadinessProbe},
    router::router,
    state::AppState,
};
