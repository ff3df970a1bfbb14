//! The integration tests, one binary.

mod catalog;
mod github_client;
mod github_payloads;
mod ground;
mod harness;
mod intake;
mod process;
mod sizes;
