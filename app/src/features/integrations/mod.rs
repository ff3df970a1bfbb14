//! How Fairway stands with the systems outside: what is set, what works, what to do next.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
