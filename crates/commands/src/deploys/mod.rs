//! Deploys: whose they are, what follows from what was reported, and what people and machines say about them.

mod corrections;
mod derive;
mod matching;
mod report;

pub use report::Reported;
pub(crate) use report::known_service;
