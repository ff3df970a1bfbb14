//! Finding the name for a request, making the token of an installation where that is needed.

use chrono::{DateTime, Utc};
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    app_auth::AppKey,
    apps::{self, Installation},
    budget::GRAPHQL,
    client::parse,
    error::GithubError,
    tokens::{Caller, Identity, Installations, bearer},
    transport::{Transport, now},
};

/// What Fairway reads. A token asks for these and no more, whatever else the App was granted; and for writing where that is
/// granted in [`WRITTEN`].
const READ: [&str; 8] = [
    "actions",
    "checks",
    "contents",
    "deployments",
    "members",
    "metadata",
    "pull_requests",
    "statuses",
];

/// What workflows are dispatched, protection rules answered and deploys shown with, where an organisation grants it.
const WRITTEN: [&str; 3] = ["actions", "checks", "deployments"];

#[derive(Deserialize)]
struct TokenWire {
    token: Option<SecretString>,
    expires_at: Option<DateTime<Utc>>,
}

impl Transport {
    /// Who asks for a caller.
    pub(super) async fn identify(&self, caller: Caller<'_>) -> Result<Identity, GithubError> {
        let app = self.credentials.app.as_ref();
        let mut identity = match (caller, app) {
            (Caller::App, Some(app)) => Identity::app(app.bearer()?),
            (Caller::App, None) => {
                return Err(GithubError::Misconfigured {
                    what: "no GitHub App is set".to_owned(),
                });
            }
            (Caller::Nobody | Caller::Account(_) | Caller::Graphql(_), None) => self.credentials.plain(),
            (Caller::Nobody, Some(_)) => Identity {
                token: None,
                name: "anonymous".to_owned(),
                installation: None,
            },
            (Caller::Installation(id), _) => self.installation_identity(id).await?,
            (Caller::Account(account) | Caller::Graphql(account), Some(app)) => {
                self.account_identity(app, account).await?
            }
        };
        if matches!(caller, Caller::Graphql(_)) {
            identity.name.push_str(GRAPHQL);
        }
        Ok(identity)
    }

    async fn account_identity(&self, app: &AppKey, account: &str) -> Result<Identity, GithubError> {
        let mut known = self.credentials.installations();
        if !known.are_fresh(account, now()) {
            known = self.read_installations(app).await?;
        }
        let found = if account.is_empty() {
            known.all.first()
        } else {
            known.of_account(account)
        };
        match found {
            Some(installation) => self.installation_identity(installation.id).await,
            None if self.credentials.has_token() => Ok(self.credentials.plain()),
            None => Err(GithubError::NotInstalled {
                account: account.to_owned(),
            }),
        }
    }

    /// Reads the App's installations, a hundred at a time.
    pub(super) async fn read_installations(&self, app: &AppKey) -> Result<Installations, GithubError> {
        let mut all = Vec::new();
        for page in 1.. {
            let query = [("per_page", "100"), ("page", &*page.to_string())];
            let identity = Identity::app(app.bearer()?);
            let url = self.address(&Method::GET, &["app", "installations"], &query)?;
            let answer = self
                .exchange(&identity, (&Method::GET, &url, &None), "app/installations")
                .await?;
            all.extend(apps::installations(parse(&answer)?));
            if !answer.has_next {
                break;
            }
        }
        let read = Installations::read(all, now());
        self.set_installations(read.clone());
        Ok(read)
    }

    /// The identity of an installation, with the token that is held or a new one.
    async fn installation_identity(&self, id: i64) -> Result<Identity, GithubError> {
        let holder = self.credentials.holder(id);
        let mut kept = holder.lock().await;
        if let Some(token) = kept.token(now()) {
            return Ok(Identity::installation(id, token));
        }
        let Some(app) = &self.credentials.app else {
            return Err(GithubError::Misconfigured {
                what: "no GitHub App is set".to_owned(),
            });
        };
        let installations = self.credentials.installations();
        let installation = installations.all.iter().find(|known| known.id == id);
        let made = self.make_token(app, id, installation).await;
        let made = made.map_err(|error| match error {
            GithubError::NotFound { .. }
            | GithubError::Forbidden { .. }
            | GithubError::Refused { .. }
            | GithubError::NotInstalled { .. } => self.gone(id),
            other => other,
        })?;
        let token = made
            .token
            .as_ref()
            .ok_or_else(|| super::answers::missing("token"))?;
        let token = bearer(token)?;
        kept.hold(token.clone(), made.expires_at.unwrap_or_else(now));
        Ok(Identity::installation(id, token))
    }

    async fn make_token(
        &self,
        app: &AppKey,
        id: i64,
        installation: Option<&Installation>,
    ) -> Result<TokenWire, GithubError> {
        let identity = Identity::app(app.bearer()?);
        let id = id.to_string();
        let segments = ["app", "installations", &id, "access_tokens"];
        let (url, what) = (self.address(&Method::POST, &segments, &[])?, segments.join("/"));
        let body = Some(scope(installation));
        let answer = self
            .exchange(&identity, (&Method::POST, &url, &body), &what)
            .await?;
        parse(&answer)
    }

    /// The installation is gone or suspended: where the App is installed is read again before anything else is asked.
    pub(super) fn gone(&self, id: i64) -> GithubError {
        let known = self.credentials.doubt_installations();
        let account = known.all.iter().find(|known| known.id == id);
        GithubError::NotInstalled {
            account: account.map(|known| known.account.clone()).unwrap_or_default(),
        }
    }
}

/// Only what was granted: asking for more is refused as a whole. Read-only but for [`WRITTEN`].
fn scope(installation: Option<&Installation>) -> Value {
    let granted = installation.map(|installation| &installation.permissions);
    let read: Map<String, Value> = READ
        .into_iter()
        .filter(|name| granted.is_some_and(|granted| granted.contains_key(*name)))
        .map(|name| {
            let writes = WRITTEN.contains(&name)
                && granted.is_some_and(|granted| granted.get(name).is_some_and(|level| level == "write"));
            (name.to_owned(), if writes { "write" } else { "read" }.into())
        })
        .collect();
    if read.is_empty() {
        json!({})
    } else {
        json!({ "permissions": read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_asks_for_reading_what_was_granted_and_nothing_else() {
        let granted = [
            ("contents", "write"),
            ("administration", "write"),
            ("metadata", "read"),
        ];
        let installation = Installation {
            permissions: granted
                .map(|(name, level)| (name.to_owned(), level.to_owned()))
                .into(),
            ..Installation::default()
        };
        let asked = scope(Some(&installation));
        assert_eq!(
            asked,
            json!({"permissions": {"contents": "read", "metadata": "read"}})
        );
        let mut dispatching = installation;
        dispatching
            .permissions
            .insert("actions".to_owned(), "write".to_owned());
        dispatching
            .permissions
            .insert("deployments".to_owned(), "write".to_owned());
        let asked = scope(Some(&dispatching));
        assert_eq!(asked["permissions"]["actions"], "write");
        assert_eq!(asked["permissions"]["deployments"], "write");
        assert_eq!(asked["permissions"]["contents"], "read");
        assert_eq!(scope(None), json!({}));
    }
}
