//! The audit trail: who changed what, when and why.

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod jsonl;
#[cfg(feature = "ssr")]
pub mod pages;
