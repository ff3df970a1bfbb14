//! How it stands with GitHub, as metrics and the set-up page show it.

use chrono::{DateTime, Utc};

use super::budget::Budget;
use crate::breaker::BreakerStatus;

/// What this process knows of GitHub. Counters are since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GithubStatus {
    /// Whether requests go out; `None` only in a value that nobody read from a client.
    pub breaker: Option<BreakerStatus>,
    /// One for each caller that has asked.
    pub budgets: Vec<Budget>,
    /// When GitHub last answered, whatever it said.
    pub last_answer_at: Option<DateTime<Utc>>,
    /// When it last did not, and how.
    pub last_failure: Option<(DateTime<Utc>, String)>,
    /// Requests sent.
    pub requests: u64,
    /// Those whose answer was known already: they cost no budget.
    pub unchanged: u64,
    /// Rows that GraphQL told in another shape than GitHub documents, so that each was asked for by itself.
    pub misfits: u64,
}
