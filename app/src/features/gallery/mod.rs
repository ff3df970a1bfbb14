//! The gallery: every component of the design system in its states, to look at and to compare.

#[cfg(feature = "ssr")]
pub mod pages;
