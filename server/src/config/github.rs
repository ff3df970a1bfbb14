//! GitHub: the secrets of signed deliveries, and the token of the read-only client.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Settings,
    problems::{Name, Reader},
};

/// GitHub recommends a random string of high entropy; shorter ones can be guessed offline from one delivery.
const SHORTEST_SECRET: usize = 16;

const SECRET: Name = Name {
    env: "FAIRWAY_GITHUB_WEBHOOK_SECRET",
    flag: "--github-webhook-secret",
};
const OTHER: Name = Name {
    env: "FAIRWAY_GITHUB_WEBHOOK_SECRET_OTHER",
    flag: "--github-webhook-secret-other",
};
const TOKEN: Name = Name {
    env: "FAIRWAY_GITHUB_TOKEN",
    flag: "--github-token",
};
const API: Name = Name {
    env: "FAIRWAY_GITHUB_API_URL",
    flag: "--github-api-url",
};

/// How Fairway and GitHub trust each other.
#[derive(Clone, Debug)]
pub struct GitHubConfig {
    /// Secrets a delivery may be signed with: none (the endpoint is closed), one, or two while one is being changed.
    pub webhook_secrets: Vec<SecretString>,
    /// Token of the read-only client; without one nothing is fetched.
    pub token: Option<SecretString>,
    /// Address of the API, checked to be http or https.
    pub api_url: String,
}

impl GitHubConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let first = webhook_secret(SECRET, settings.github_webhook_secret.as_ref(), reader);
        let other = webhook_secret(OTHER, settings.github_webhook_secret_other.as_ref(), reader);
        if first.is_none() && other.is_some() {
            reader.wrong(
                OTHER,
                "is set but FAIRWAY_GITHUB_WEBHOOK_SECRET is not",
                "Set the current secret there; this one is for the time of a change only.",
            );
        }
        Self {
            webhook_secrets: first.into_iter().chain(other).collect(),
            token: token(settings.github_token.as_ref(), reader),
            api_url: reader.value(
                API,
                settings.github_api_url.as_deref(),
                "https://api.github.com".into(),
                parse_api_url,
            ),
        }
    }
}

fn webhook_secret(name: Name, raw: Option<&SecretString>, reader: &mut Reader) -> Option<SecretString> {
    let secret = raw.filter(|secret| !secret.expose_secret().is_empty())?;
    if secret.expose_secret().len() < SHORTEST_SECRET {
        reader.wrong(
            name,
            format!("is shorter than {SHORTEST_SECRET} characters"),
            "Make one with `openssl rand -hex 32` and set the same at GitHub.",
        );
    }
    Some(secret.clone())
}

fn token(raw: Option<&SecretString>, reader: &mut Reader) -> Option<SecretString> {
    let token = raw.filter(|token| !token.expose_secret().trim().is_empty())?;
    let text = token.expose_secret().trim();
    if text.chars().any(|c| !c.is_ascii_graphic()) {
        reader.wrong(
            TOKEN,
            "contains a space or a character outside ASCII",
            "Copy the token from GitHub again.",
        );
    }
    Some(text.into())
}

fn parse_api_url(text: &str) -> Result<String, (String, String)> {
    let next =
        "Write https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server.".to_owned();
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url.to_string()),
        Ok(_) => Err(("is no http or https address".into(), next)),
        Err(problem) => Err((format!("is no address ({problem})"), next)),
    }
}
