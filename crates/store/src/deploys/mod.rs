//! Deploys: placing what GitHub reported, loading the facts of a service, writing what follows, and the reads of pages.

mod concerned;
mod corrected;
mod derived;
mod detail;
mod facts;
mod list;
mod mainline;
mod matching;
mod placing;
mod reported;
mod rows;
mod unmatched;

pub(crate) use derived::to_json;
pub use facts::{ServiceSnapshot, StoredDerived};
pub use reported::DeployPlace;
