//! Trying each right with the smallest question that needs it.

use domain::integrations::GithubPermission;

use super::{client::GithubClient, error::GithubError};

impl GithubClient {
    /// Asks what only this right may know of a repository with commits; `Forbidden` or `NotFound` is a right that is missing.
    pub async fn try_permission(
        &self,
        permission: GithubPermission,
        (owner, repo, branch): (&str, &str, &str),
    ) -> Result<(), GithubError> {
        let of_repo = ["repos", owner, repo];
        let more: &[&str] = match permission {
            GithubPermission::Metadata => &[],
            GithubPermission::Contents => &["commits"],
            GithubPermission::PullRequests => &["pulls"],
            GithubPermission::Deployments => &["deployments"],
            GithubPermission::Actions => &["actions", "runs"],
            GithubPermission::Checks => &["commits", branch, "check-runs"],
            GithubPermission::Members => {
                let segments = ["orgs", owner, "teams"];
                return self
                    .transport
                    .get(&segments, &[("per_page", "1")])
                    .await
                    .map(drop);
            }
        };
        let segments = [&of_repo, more].concat();
        let one = [("per_page", "1")];
        let query: &[(&str, &str)] = if more.is_empty() { &[] } else { &one };
        self.transport.get(&segments, query).await.map(drop)
    }
}
