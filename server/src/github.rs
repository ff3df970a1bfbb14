//! GitHub as the settings describe it: the read-only client, and what the set-up page knows.

use std::{path::PathBuf, sync::Arc};

use commands::{
    Commands, SystemClock,
    github::{GithubSetup, KeptAnswers},
};
use integrations::github::{GithubClient, GithubConfig, GithubError};

use crate::config::{Config, GitHubConfig, Source};

/// A client, or `None` without a token and an App: 60 anonymous requests an hour are spent in minutes, and what is not
/// fetched is named on the pages.
///
/// # Errors
/// [`GithubError::Misconfigured`] when the settings cannot make a request.
pub fn client(config: &GitHubConfig) -> Result<Option<GithubClient>, GithubError> {
    if config.token.is_none() && config.app.is_none() {
        return Ok(None);
    }
    let client = GithubClient::new(GithubConfig {
        token: config.token.clone(),
        ..anonymous(config)?
    })?;
    Ok(Some(match config.app.clone() {
        Some(app) => client.with_app(app),
        None => client,
    }))
}

fn anonymous(config: &GitHubConfig) -> Result<GithubConfig, GithubError> {
    let base_url = config
        .api_url
        .parse()
        .map_err(|problem| GithubError::Misconfigured {
            what: format!("FAIRWAY_GITHUB_API_URL: {problem}"),
        })?;
    Ok(GithubConfig {
        base_url,
        token: None,
        timeout: GithubConfig::TIMEOUT,
    })
}

/// The same commands with GitHub: a client where there is a token or an App, its answers kept in the database, and what the
/// set-up page knows.
pub(crate) fn connect(commands: Commands, config: &Config) -> Result<Commands, GithubError> {
    let setup = GithubSetup {
        web_url: web_url(&config.github.api_url),
        api: anonymous(&config.github)?,
        public_url: config.http.public_url.clone(),
        key_dir: key_dir(config),
        app_id: config.github.app.as_ref().map(integrations::github::AppKey::id),
        has_token: config.github.token.is_some(),
        takes_deliveries: !config.github.webhook_secrets.is_empty(),
    };
    let commands = commands.with_github_setup(setup);
    Ok(match client(&config.github)? {
        Some(client) => {
            let answers = KeptAnswers::new(commands.store().clone(), Arc::new(SystemClock));
            commands.with_github(client.with_answers(Arc::new(answers)))
        }
        None => commands,
    })
}

/// GitHub's address for people: `https://api.github.com` → `https://github.com`, `https://HOST/api/v3` → `https://HOST`.
pub(crate) fn web_url(api_url: &str) -> String {
    let url = url::Url::parse(api_url).ok();
    let origin = url.map(|url| url.origin().ascii_serialization());
    match origin.as_deref() {
        Some("https://api.github.com") | None => "https://github.com".to_owned(),
        Some(origin) => origin.to_owned(),
    }
}

/// Where keys are put: the data directory, which is `.fairway` beside where Fairway was started unless it is named or holds
/// root's own PostgreSQL.
pub(crate) fn key_dir(config: &Config) -> PathBuf {
    let named = match &config.database.source {
        Source::Embedded { data_dir, .. } => {
            Some(data_dir.clone().unwrap_or_else(crate::postgres::usual_folder))
        }
        Source::Url(_) => config.database.data_dir.clone(),
    };
    let dir = named.unwrap_or_else(|| PathBuf::from(".fairway")).join("secrets");
    std::path::absolute(&dir).unwrap_or(dir)
}

#[cfg(test)]
mod tests {
    use super::web_url;

    #[test]
    fn people_go_where_the_api_is_not() {
        assert_eq!(web_url("https://api.github.com/"), "https://github.com");
        assert_eq!(
            web_url("https://git.example.com/api/v3"),
            "https://git.example.com"
        );
    }
}
