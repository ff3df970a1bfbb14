//! Deploys: placing what GitHub reported, loading the facts of a service, writing what follows, and the reads of pages.

mod derived;
mod facts;
mod placing;
mod reported;

pub use facts::{ServiceSnapshot, StoredDerived};
pub use reported::DeployPlace;
