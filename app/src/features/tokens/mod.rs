//! `/admin/tokens` and `/admin/service-accounts/{id}`: what programs may, and which workflows are trusted.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
