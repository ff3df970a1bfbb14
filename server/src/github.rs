//! The read-only GitHub client, made from the settings.

use integrations::github::{GithubClient, GithubConfig, GithubError};

use crate::config::GitHubConfig;

/// A client, or `None` without a token: 60 anonymous requests an hour are spent in minutes, and what is not fetched is
/// named on the pages.
///
/// # Errors
/// [`GithubError::Misconfigured`] when the settings cannot make a request.
pub fn client(config: &GitHubConfig) -> Result<Option<GithubClient>, GithubError> {
    let Some(token) = config.token.clone() else {
        return Ok(None);
    };
    let base_url = config
        .api_url
        .parse()
        .map_err(|problem| GithubError::Misconfigured {
            what: format!("FAIRWAY_GITHUB_API_URL: {problem}"),
        })?;
    GithubClient::new(GithubConfig {
        base_url,
        token: Some(token),
        timeout: GithubConfig::TIMEOUT,
    })
    .map(Some)
}
