//! What GitHub says of the App itself: its name, its rights, where it is installed, and the manifest's other half.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    answers::missing,
    client::{GithubClient, parse},
    error::GithubError,
    tokens::Caller,
    wire::UserWire,
};

/// The App that Fairway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its number.
    pub id: i64,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub html_url: String,
    /// Permission and level (`read`, `write`, `admin`) that it asks of organisations.
    pub permissions: BTreeMap<String, String>,
    /// Events that it is sent.
    pub events: Vec<String>,
}

/// One account's installation of the App.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// Its number.
    pub id: i64,
    /// Login of the account.
    pub account: String,
    /// Whether it is an organisation; a person's account has no teams.
    pub is_organisation: bool,
    /// Permission and level that were granted.
    pub permissions: BTreeMap<String, String>,
    /// Whether it sees every repository, or chosen ones only.
    pub all_repositories: bool,
    /// Since when it is suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Where its settings are.
    pub html_url: String,
}

/// A newly made App with its secrets, which GitHub tells once.
#[derive(Clone)]
pub struct NewApp {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: String,
    /// Its page.
    pub html_url: String,
    /// Its private key.
    pub pem: SecretString,
    /// The secret that its deliveries are signed with.
    pub webhook_secret: Option<SecretString>,
}

impl fmt::Debug for NewApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApp")
            .field("id", &self.id)
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct AppWire {
    id: Option<i64>,
    slug: Option<String>,
    name: Option<String>,
    html_url: Option<String>,
    permissions: Option<BTreeMap<String, String>>,
    events: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InstallationWire {
    id: Option<i64>,
    account: Option<UserWire>,
    permissions: Option<BTreeMap<String, String>>,
    repository_selection: Option<String>,
    suspended_at: Option<DateTime<Utc>>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct ConversionWire {
    id: Option<u64>,
    slug: Option<String>,
    html_url: Option<String>,
    pem: Option<SecretString>,
    webhook_secret: Option<SecretString>,
}

/// Listed installations; those without an account are none.
pub(super) fn installations(wires: Vec<InstallationWire>) -> Vec<Installation> {
    let of = |wire: InstallationWire| {
        let account = wire.account?;
        Some(Installation {
            id: wire.id?,
            is_organisation: account.kind.as_deref() == Some("Organization"),
            account: account.login?,
            permissions: wire.permissions.unwrap_or_default(),
            all_repositories: wire.repository_selection.as_deref() == Some("all"),
            suspended_at: wire.suspended_at,
            html_url: wire.html_url.unwrap_or_default(),
        })
    };
    wires.into_iter().filter_map(of).collect()
}

impl GithubClient {
    /// The App in whose name this client reads; `None` where it has a plain token or nothing.
    pub async fn app(&self) -> Result<Option<App>, GithubError> {
        if self.transport.credentials.app.is_none() {
            return Ok(None);
        }
        let wire: AppWire = parse(&self.transport.get_as(Caller::App, &["app"], &[]).await?)?;
        Ok(Some(App {
            id: wire.id.ok_or_else(|| missing("id"))?,
            slug: wire.slug.unwrap_or_default(),
            name: wire.name.ok_or_else(|| missing("name"))?,
            html_url: wire.html_url.unwrap_or_default(),
            permissions: wire.permissions.unwrap_or_default(),
            events: wire.events.unwrap_or_default(),
        }))
    }

    /// Where the App is installed, read anew; empty without an App.
    pub async fn installations(&self) -> Result<Vec<Installation>, GithubError> {
        match &self.transport.credentials.app {
            Some(app) => {
                let read = self.transport.in_time(self.transport.read_installations(app));
                Ok(read.await?.all.to_vec())
            }
            None => Ok(Vec::new()),
        }
    }

    /// Exchanges the code of a manifest's return for the App that was made: its key is told once and never again.
    pub async fn convert_manifest(&self, code: &str) -> Result<NewApp, GithubError> {
        let segments = ["app-manifests", code, "conversions"];
        let answer = self.transport.post_as(Caller::Nobody, &segments).await?;
        let wire: ConversionWire = parse(&answer)?;
        Ok(NewApp {
            id: wire.id.ok_or_else(|| missing("id"))?,
            slug: wire.slug.unwrap_or_default(),
            html_url: wire.html_url.unwrap_or_default(),
            pem: wire.pem.ok_or_else(|| missing("pem"))?,
            webhook_secret: wire.webhook_secret,
        })
    }
}
