//! The ways in as the settings describe them.

use chrono::TimeDelta;
use commands::{Commands, Ways};
use integrations::sign_in::{GithubOauth, GithubOauthConfig, Oidc, OidcConfig, SignInError};

use crate::{config::Config, github::web_url};

/// The same commands with the ways in of the settings. No provider is asked anything yet.
///
/// # Errors
/// [`SignInError::Misconfigured`] when the settings cannot make a request.
pub fn connect(commands: Commands, config: &Config) -> Result<Commands, SignInError> {
    Ok(commands.with_ways(Ways {
        passwords: config.sign_in.passwords,
        oidc: oidc(config)?,
        github: github(config)?,
        recheck: TimeDelta::from_std(config.sign_in.recheck).unwrap_or(TimeDelta::minutes(15)),
    }))
}

fn oidc(config: &Config) -> Result<Option<Oidc>, SignInError> {
    let of = config.sign_in.oidc.clone();
    of.map(|of| {
        Oidc::new(OidcConfig {
            issuer: of.issuer,
            name: of.name,
            client_id: of.client_id,
            client_secret: of.client_secret,
            scopes: of.scopes,
            groups_claim: of.groups_claim,
            return_url: format!("{}{}", config.http.public_url, app::paths::sign_in_oidc_return()),
            inside: config.http.outbound.clone(),
        })
    })
    .transpose()
}

fn github(config: &Config) -> Result<Option<GithubOauth>, SignInError> {
    let Some((client_id, client_secret)) = config.sign_in.github.clone() else {
        return Ok(None);
    };
    let api = &config.github.api_url;
    let api_url = api.parse().map_err(|error| SignInError::Misconfigured {
        provider: "GitHub".to_owned(),
        why: format!("FAIRWAY_GITHUB_API_URL: {error}"),
    })?;
    GithubOauth::new(GithubOauthConfig {
        web_url: web_url(api),
        api_url,
        client_id,
        client_secret,
        return_url: format!(
            "{}{}",
            config.http.public_url,
            app::paths::sign_in_github_return()
        ),
    })
    .map(Some)
}
