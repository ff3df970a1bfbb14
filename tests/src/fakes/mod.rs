//! Stateful stand-ins for outside systems, over HTTP, so that Fairway's real clients run against them; and PostgreSQL in states
//! that a real one cannot be held in.

pub mod github;
pub mod hooks;
pub mod issuer;
pub mod oidc;
pub mod postgres;
pub mod smtp;
