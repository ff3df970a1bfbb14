//! The integration tests, one binary.

mod api;
mod catalog;
mod deploys;
mod github_client;
mod github_payloads;
mod ground;
mod harness;
mod intake;
mod migrations;
mod process;
mod sizes;
