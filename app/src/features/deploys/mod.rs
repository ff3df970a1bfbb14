//! Deploys: the timeline, one deploy, and what people correct.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod pages;
