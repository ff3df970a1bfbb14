//! Effects on the outside: rows of the decision's transaction, claimed in batches and marked under a fence; and the rows that say
//! whom they reach.

mod claiming;
mod effects;
mod executors;
mod putting;
mod targets;

pub use claiming::ClaimedEffect;
pub use executors::{PutExecutor, StoredExecutor};
pub use putting::{NewEffect, SEND_EFFECTS};
pub use targets::{Chosen, StoredTarget};
