//! Signing in and out, single-use links, and one's own account.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod outside;
#[cfg(feature = "ssr")]
pub mod pages;
