//! Watching releases: what is asked of Prometheus and of a service's own address, the samples and the verdict that follow,
//! and what teams and the organisation set.

mod addresses;
mod asking;
mod probing;
mod sampling;
mod settings;
mod watching;

pub use watching::{WatchOf, Watching};
