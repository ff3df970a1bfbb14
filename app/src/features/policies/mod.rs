//! What has to be decided before a release goes out: the policies, the freezes, and what one would have done.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod draft;
#[cfg(feature = "ssr")]
mod draft_parts;
#[cfg(feature = "ssr")]
pub mod pages;
