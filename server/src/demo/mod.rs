//! The demo organisation: fictional people, services and 180 days of history, told to Fairway as real events would tell
//! it. Nothing here writes a figure or a derived row: every row comes from the same commands that webhooks, the catalog
//! import and the API call.

mod approvals;
mod canaries;
mod catalog;
mod deliveries;
mod fill;
mod history;
pub(crate) mod people;
mod pipeline;
mod pulls;
mod reading;
mod reported;
mod story;
mod wire;
mod words;

pub use fill::{DemoError, Filled, fill};
