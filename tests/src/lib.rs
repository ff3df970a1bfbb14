//! What the integration tests, the benches and the recorded scripts share.

// GitHub's payloads are larger than what `json!` unfolds by default.
#![recursion_limit = "256"]

pub mod fakes;
pub mod session;
