//! Listed repositories, and how far the reading of their history is.

mod found;
mod healing;
mod progress;

pub use healing::{Known, RepositoryToCompare};
pub use progress::{HistoryPlace, HistoryStep};
