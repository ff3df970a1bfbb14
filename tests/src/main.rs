//! The integration tests, one binary.

mod api;
mod audit;
mod backfill;
mod backup;
mod catalog;
mod contract;
mod deploys;
mod doctor;
mod dora;
mod github;
mod github_client;
mod github_payloads;
mod ground;
mod harness;
mod identity;
mod intake;
mod live;
mod migrations;
mod pages;
mod plans;
mod previous;
mod private;
mod process;
mod search;
mod sizes;
mod soak;
