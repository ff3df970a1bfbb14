//! The islands that every page may use: what runs in the browser beside the features' own.
//!
//! They add to pages that are whole without them.

mod copy;
mod keys;
mod times;

pub use self::{copy::CopyButton, keys::Keys, times::LiveTimes};
