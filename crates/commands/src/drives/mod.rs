//! Deploys that Fairway drives: asking for one, its steps, what executors and people say of it.

mod advance;
mod begin;
mod history;
pub mod jobs;
mod known;
mod order;
mod people;
mod report;
mod rollback;
mod told;
mod upstreams;

pub(crate) use told::tell_in;
