//! The words and rules of Fairway as types and pure functions.
//!
//! No IO, no clock, no randomness: times and ids are passed in. Everything here also compiles to wasm32, so the browser
//! and the server run one rule. File names are the product's nouns.

pub mod access;
pub mod actor;
pub mod approvals;
pub mod audit;
pub mod backfill;
pub mod catalog;
pub mod changes;
pub mod deploys;
pub mod dora;
pub mod environments;
pub mod error;
pub mod executors;
pub mod facts;
pub mod home;
pub mod ids;
pub mod incidents;
pub mod intake;
pub mod integrations;
pub mod jobs;
pub mod live;
pub mod moments;
pub mod names;
pub mod notifications;
pub mod organisation;
pub mod outbox;
pub mod page;
pub mod people;
pub mod pull_requests;
pub mod report;
pub mod search;
pub mod sight;
pub mod sign_in;
pub mod tokens;
pub mod trail;
pub mod verify;
