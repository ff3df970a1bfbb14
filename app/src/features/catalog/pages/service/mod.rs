//! The page of one service.

mod graph;
mod ownership;
mod page;
mod panels;
mod readiness;
mod standing;
mod visibility;
mod waiting;

pub use graph::dependencies_page;
pub use page::service_page;
pub(crate) use visibility::VISIBILITY;
