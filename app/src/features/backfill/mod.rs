//! Repositories that GitHub lists: services made of them, and how far the reading of their history is.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod pages;
