//! The page of one service.

mod page;
mod panels;

pub use page::service_page;
