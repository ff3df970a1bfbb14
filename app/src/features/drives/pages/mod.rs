//! The pages of what Fairway drives.

mod ask;
mod asking;
mod outlook;

pub use ask::ask_page;
