//! Stateful stand-ins for outside systems, over HTTP, so that Fairway's real clients run against them.

pub mod github;
