//! Search: its page, and what the palette shows.

#[cfg(feature = "ssr")]
pub mod found;
#[cfg(feature = "ssr")]
mod hits;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod palette;
#[cfg(feature = "ssr")]
mod places;
#[cfg(feature = "ssr")]
mod words;
