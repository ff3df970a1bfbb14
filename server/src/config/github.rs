//! GitHub: the secrets of signed deliveries, and the token or the App in whose name it is read.

use integrations::github::AppKey;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Settings,
    problems::{Name, Reader, given},
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
const APP_ID: Name = Name {
    env: "FAIRWAY_GITHUB_APP_ID",
    flag: "--github-app-id",
};
const APP_KEY: Name = Name {
    env: "FAIRWAY_GITHUB_APP_PRIVATE_KEY",
    flag: "--github-app-private-key",
};
const APP_KEY_FILE: Name = Name {
    env: "FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE",
    flag: "--github-app-private-key-file",
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
    /// Token of the read-only client; without it and an App nothing is fetched.
    pub token: Option<SecretString>,
    /// The App in whose installations' names is read.
    pub app: Option<AppKey>,
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
            app: app(settings, reader),
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

/// The App, whose number and key belong together. A key is signed with once, so that a wrong one is said now.
fn app(settings: &Settings, reader: &mut Reader) -> Option<AppKey> {
    let parse_id = |text: &str| match text.parse() {
        Ok(0) | Err(_) => {
            let next = "Copy the App ID from the App's page on GitHub; it is a number.".to_owned();
            Err(("is no App's number".to_owned(), next))
        }
        Ok(id) => Ok(Some(id)),
    };
    let named = given(settings.github_app_id.as_deref()).is_some();
    let id: Option<u64> = reader.value(APP_ID, settings.github_app_id.as_deref(), None, parse_id);
    let (pem, from) = app_key(settings, reader);
    match (named, pem) {
        (false, None) => None,
        (false, Some(_)) => {
            let next = "Set it to the App ID on the App's page on GitHub.";
            reader.wrong(APP_ID, "is not set but the App's private key is", next);
            None
        }
        (true, None) => {
            // A file that cannot be read is said already.
            if given(settings.github_app_private_key_file.as_deref()).is_none() {
                let next = "Set it, or FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE, to a key made on the App's page on GitHub.";
                reader.wrong(APP_KEY, "is not set but FAIRWAY_GITHUB_APP_ID is", next);
            }
            None
        }
        (true, Some(pem)) => {
            let key = AppKey::parse(id?, &pem);
            key.map_err(|problem| {
                let next = "Make a new private key on the App's page on GitHub and use the whole file.";
                reader.wrong(from, problem.to_string(), next);
            })
            .ok()
        }
    }
}

/// The key's text and the setting that it came from.
fn app_key(settings: &Settings, reader: &mut Reader) -> (Option<SecretString>, Name) {
    let inline = settings.github_app_private_key.as_ref();
    let inline = inline.filter(|key| !key.expose_secret().trim().is_empty());
    let file = given(settings.github_app_private_key_file.as_deref());
    match (inline, file) {
        (Some(_), Some(_)) => {
            let next = "Set one of the two.";
            reader.wrong(
                APP_KEY_FILE,
                "is set and FAIRWAY_GITHUB_APP_PRIVATE_KEY too",
                next,
            );
            (None, APP_KEY_FILE)
        }
        (Some(key), None) => (Some(key.clone()), APP_KEY),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => (Some(text.into()), APP_KEY_FILE),
            Err(problem) => {
                let next = "Name the file that GitHub gave when the key was made, readable by Fairway.";
                reader.wrong(APP_KEY_FILE, format!("{path:?} cannot be read ({problem})"), next);
                (None, APP_KEY_FILE)
            }
        },
        (None, None) => (None, APP_KEY),
    }
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
