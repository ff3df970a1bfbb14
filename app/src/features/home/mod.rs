//! Home: the first page a person opens.

#[cfg(feature = "ssr")]
pub mod pages;
