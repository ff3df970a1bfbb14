//! Deploys that Fairway drives: asking for one, and what a service needs for it: who carries it out, by what it is watched.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod asked;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod settings;
