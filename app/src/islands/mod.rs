//! The islands that every page may use: what runs in the browser beside the features' own.
//!
//! They add to pages that are whole without them.

mod copy;
mod dom;
mod keys;
mod live;
mod palette;
mod recent;
mod times;

pub use self::{copy::CopyButton, keys::Keys, live::LiveUpdates, palette::Palette, times::LiveTimes};
