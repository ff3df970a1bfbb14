//! What is told where: each person for themselves, admins for the organisation.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
