//! Deciding about releases: asking, deciding, ending what is over, going on without a decision, and the policies.
//!
//! What follows from a decision is not done here: it stands in the table of outcomes, written with the decision, and is taken
//! from there once.

mod decide;
mod ending;
mod gates;
mod glass;
mod open;
mod policies;
mod shared;

pub use self::{open::Opened, policies::PolicyForm};
