//! The job runner: which job calls which command, and what happens when it fails.
//!
//! Owns claiming, leases and the end of the process; the queue itself is `graphile_worker`'s tables. Must not know what
//! a job does; each file here maps one job to one command.

mod runner;

pub use self::runner::{finish, start};
