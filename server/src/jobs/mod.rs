//! The job runner: which job calls which command, when, and what happens when it fails.
//!
//! Owns claiming, leases, the clock's jobs and the end of the process; the queue itself is `graphile_worker`'s tables.
//! Must not know what a job does; each job here is one call of a command.

mod approvals;
mod backfill;
mod catalog;
mod clock;
mod deploys;
mod dora;
mod drives;
mod github;
mod intake;
mod outbox;
mod policies;
mod run;
mod runner;

pub use self::runner::{finish, start};
