//! Home: the first page a person opens.

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod pages;
