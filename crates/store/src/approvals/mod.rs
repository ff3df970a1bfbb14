//! Approvals: policies, requests and their evidence, who can decide, what was decided, and what waits for it.

mod brought;
mod canaries;
mod checks;
mod deciders;
mod decisions;
mod evidence;
mod expiring;
mod gates;
mod list;
mod open;
mod parties;
mod past;
mod policies;
mod policy_files;
mod requests;
mod reviews;
mod waiting;
mod written;

pub use self::{
    decisions::DecisionToStore,
    evidence::Evidence,
    expiring::ExpiringApproval,
    policies::PolicyToStore,
    requests::{ApprovalToStore, StoredApproval},
    reviews::Undecided,
};
