//! One folder per noun of the product: `pages` for the server, `actions` for its writes, `islands` for the browser.

pub mod admin;
pub mod approvals;
pub mod audit;
pub mod backfill;
pub mod catalog;
pub mod deploys;
pub mod dora;
pub mod drives;
pub mod environments;
pub mod gallery;
pub mod home;
pub mod identity;
pub mod intake;
pub mod integrations;
pub mod jobs;
pub mod notifications;
pub mod people;
pub mod policies;
pub mod search;
pub mod sign_in;
pub mod teams;
pub mod tokens;
pub mod unmatched;
