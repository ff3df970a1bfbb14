//! `/admin/people` and `/admin/teams`: who can sign in, and what they may do.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
