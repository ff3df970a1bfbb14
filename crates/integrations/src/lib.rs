//! HTTP clients of the systems outside and the words that they speak, one folder each.
//!
//! Owns every outside wire format and every outbound request. Knows the domain's facts; knows no SQL, no page and no job:
//! waiting for a rate limit or a system that is down is the caller's business, which gets a typed error to decide on.

pub mod actions;
mod breaker;
pub mod github;
pub mod hooks;
pub mod json;
pub mod mail;
pub mod outbound;
pub mod probing;
pub mod prometheus;
pub mod sign_in;
