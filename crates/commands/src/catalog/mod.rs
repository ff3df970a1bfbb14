//! Catalog files in, services out: importing, following a push, registering by hand.
//!
//! A file is taken over whole or not at all. Whoever fetched it knows nothing of what it means, and these modules do not
//! know where it was fetched.

mod candidate;
mod codeowners;
mod files;
mod import;
mod reconcile;
mod register;
mod visibility;
mod written;

pub use files::{CatalogFile, CatalogImport, FileReport, ImportReport};
pub(crate) use reconcile::Compared;
