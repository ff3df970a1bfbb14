//! DORA: are we getting faster and safer, where does time go, can the number be trusted.

#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod pages;
