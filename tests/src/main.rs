//! The integration tests, one binary.

mod github_client;
mod github_payloads;
mod sizes;
