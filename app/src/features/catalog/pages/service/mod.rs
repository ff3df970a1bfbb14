//! The page of one service.

mod graph;
mod ownership;
mod page;
mod panels;
mod standing;

pub use graph::dependencies_page;
pub use page::service_page;
