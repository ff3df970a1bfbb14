//! Deploys that Fairway drives: asking for one, its steps, what executors and people say of it.

mod advance;
mod approval;
mod asker;
mod begin;
mod confirming;
mod defects;
mod drill;
mod drill_schedule;
mod history;
mod incident;
pub mod jobs;
mod known;
mod legs;
mod order;
mod outlook;
mod people;
mod report;
mod rollback;
mod runs;
mod standing;
mod told;
mod upstreams;
mod watch;

pub(crate) use self::{
    approval::tell_decided,
    order::{called, notice},
    told::tell_in,
};
pub use self::{
    outlook::DriveOutlook,
    standing::{DriveStanding, Held, NotWhile, Watched},
};
