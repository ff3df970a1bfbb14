//! Deciding about releases: asking, deciding, ending what is over, going on without a decision, and the policies.
//!
//! What follows from a decision stands in the table of outcomes, written with the decision, and is taken from there once: what
//! waits is told in the unit of work that takes it.

mod at_github;
mod covering;
mod decide;
mod ending;
mod expiring;
mod gates;
mod glass;
mod in_git;
mod initiators;
mod news;
mod open;
mod overdue;
mod policies;
mod shared;
mod standing;
mod step;
mod taking;
mod upstreams;
mod waiting;

pub(crate) use self::{
    initiators::{initiators, is_source},
    news::whoever,
    shared::subject,
    upstreams::upstream_facts,
};
pub use self::{
    open::Opened,
    policies::PolicyForm,
    standing::{ApprovalStanding, WhyNot},
    step::StepStanding,
    waiting::WaitsFor,
};
