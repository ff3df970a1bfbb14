//! Listed repositories, and how far the reading of their history is.

mod found;
mod healing;
mod progress;
mod steps;

pub use healing::{Known, RepositoryToCompare};
pub use progress::HistoryPlace;
pub use steps::HistoryStep;
