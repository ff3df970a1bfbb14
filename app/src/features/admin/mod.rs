//! The index of what there is for those who run Fairway.

#[cfg(feature = "ssr")]
pub mod pages;
