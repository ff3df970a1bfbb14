//! Deployments that wait for somebody to say whose they are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ServiceRef;
use crate::deploys::matching::DeploymentTexts;

/// Waiting deployments of one kind: the same repository, environment, workflow, task and payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnmatchedDeployments {
    /// GitHub's id of the newest one.
    pub github_id: i64,
    /// `owner/name`.
    pub repository: String,
    /// What rules compare.
    pub texts: DeploymentTexts,
    /// How many wait.
    pub count: i64,
    /// When the oldest was made.
    pub first_at: DateTime<Utc>,
    /// When the newest was made.
    pub last_at: DateTime<Utc>,
    /// Commit of the newest.
    pub sha: String,
    /// The repository's services.
    pub services: Vec<ServiceRef>,
}
