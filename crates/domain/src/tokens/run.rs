//! What GitHub says of the run that a token is of: a workflow cannot say otherwise.

use serde::{Deserialize, Serialize};

/// The run of a verified token; what its issuer left out is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunClaims {
    /// `run_id`
    pub run: Option<i64>,
    /// `run_attempt`
    pub attempt: Option<i64>,
    /// `sha`: the commit that the workflow runs for.
    pub sha: Option<String>,
    /// `actor`: login of whoever started it.
    pub actor: Option<String>,
    /// `actor_id`: the number behind the login, which never changes.
    pub actor_id: Option<i64>,
}
