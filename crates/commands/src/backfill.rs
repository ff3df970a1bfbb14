//! From an empty catalogue to two quarters of history: which repositories there are, services made of them, their history
//! read newest first, and a later look for what events did not bring.
//!
//! What is read is stored as facts by the same code as what events say, so that every figure comes from one computation.

mod attempts;
mod comparing;
mod discovering;
pub mod jobs;
mod making;
mod ranges;
mod reading;
mod redelivering;

pub use comparing::Healed;
pub use redelivering::Redelivered;
