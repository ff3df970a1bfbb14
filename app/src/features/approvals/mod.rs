//! Approvals: what waits for a decision, and deciding with what is known of it.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod pages;
