//! Teams: who owns what, and who belongs to them.

#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod pages;
