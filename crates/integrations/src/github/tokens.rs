//! In whose name a request goes out: the App, one of its installations, or the plain token.
//!
//! Holds the tokens of installations until shortly before they expire; makes none itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex as Turn;

use super::{app_auth::AppKey, apps::Installation, error::GithubError};

/// A token is not used in its last minutes: a request that takes long would end without it.
const SPARE: TimeDelta = TimeDelta::minutes(5);
/// How long the list of installations is believed. A new organisation is found sooner: what is missing is looked for.
const INSTALLATIONS_KEPT: TimeDelta = TimeDelta::minutes(10);
/// How often what is missing is looked for.
const MISSING_KEPT: TimeDelta = TimeDelta::minutes(1);

/// In whose name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller<'a> {
    /// The App itself.
    App,
    /// Whoever may read an account's repositories: its installation, else the plain token.
    Account(&'a str),
    /// The same through GraphQL, which has a purse of its own.
    Graphql(&'a str),
    /// One installation.
    Installation(i64),
    /// Nobody.
    Nobody,
}

impl<'a> Caller<'a> {
    /// Whose business an address is.
    pub fn of(segments: &[&'a str]) -> Self {
        match segments {
            ["app", ..] => Self::App,
            ["repos" | "orgs" | "users", account, ..] => Self::Account(account),
            _ => Self::Account(""),
        }
    }
}

/// Who asks, and how that is shown.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The name of the purse and of the kept answers.
    pub name: String,
    pub token: Option<HeaderValue>,
    /// The installation whose token this is.
    pub installation: Option<i64>,
}

impl Identity {
    pub fn app(token: HeaderValue) -> Self {
        Self {
            name: "app".to_owned(),
            token: Some(token),
            installation: None,
        }
    }

    pub fn installation(id: i64, token: HeaderValue) -> Self {
        Self {
            name: format!("installation:{id}"),
            token: Some(token),
            installation: Some(id),
        }
    }
}

/// The installations as GitHub last listed them.
#[derive(Clone, Debug, Default)]
pub(super) struct Installations {
    pub all: Arc<[Installation]>,
    read_at: Option<DateTime<Utc>>,
}

impl Installations {
    pub fn read(all: Vec<Installation>, at: DateTime<Utc>) -> Self {
        Self {
            all: all.into(),
            read_at: Some(at),
        }
    }

    pub fn of_account(&self, account: &str) -> Option<&Installation> {
        self.all
            .iter()
            .find(|known| known.account.eq_ignore_ascii_case(account))
    }

    /// Whether they may be believed about an account.
    pub fn are_fresh(&self, account: &str, now: DateTime<Utc>) -> bool {
        let kept = if account.is_empty() || self.of_account(account).is_some() {
            INSTALLATIONS_KEPT
        } else {
            MISSING_KEPT
        };
        self.read_at.is_some_and(|at| now < at + kept)
    }
}

struct Held {
    token: HeaderValue,
    expires_at: DateTime<Utc>,
}

/// One token at a time is made for an installation: whoever comes meanwhile waits for it.
pub(super) type Holder = Arc<Turn<Kept>>;

/// The token that is held, if any.
#[derive(Default)]
pub(super) struct Kept(Option<Held>);

impl Kept {
    pub fn token(&self, now: DateTime<Utc>) -> Option<HeaderValue> {
        let held = self.0.as_ref().filter(|held| now + SPARE < held.expires_at);
        held.map(|held| held.token.clone())
    }

    pub fn hold(&mut self, token: HeaderValue, expires_at: DateTime<Utc>) {
        self.0 = Some(Held { token, expires_at });
    }

    /// Forgets a token that GitHub refused; another one that was made meanwhile stays.
    pub fn forget(&mut self, refused: Option<&HeaderValue>) {
        if self.0.as_ref().map(|held| &held.token) == refused {
            self.0 = None;
        }
    }
}

/// Everything that can sign a request.
pub(super) struct Credentials {
    token: Option<HeaderValue>,
    pub app: Option<AppKey>,
    installations: Mutex<Installations>,
    holders: Mutex<HashMap<i64, Holder>>,
}

impl Credentials {
    pub fn new(token: Option<&SecretString>) -> Result<Self, GithubError> {
        Ok(Self {
            token: token.map(bearer).transpose()?,
            app: None,
            installations: Mutex::default(),
            holders: Mutex::default(),
        })
    }

    /// Without an App, or where it is not installed: the plain token, or nobody.
    pub fn plain(&self) -> Identity {
        Identity {
            name: if self.token.is_some() {
                "token"
            } else {
                "anonymous"
            }
            .to_owned(),
            token: self.token.clone(),
            installation: None,
        }
    }

    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub fn installations(&self) -> Installations {
        self.installations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Believes the list no more, which stays with its tokens until it is read again; gives it.
    pub fn doubt_installations(&self) -> Installations {
        let mut known = self.installations.lock().unwrap_or_else(PoisonError::into_inner);
        known.read_at = None;
        known.clone()
    }

    /// Takes over a new list; tokens of installations that are gone go with them.
    pub fn set_installations(&self, read: Installations) {
        let known = |id: &i64| read.all.iter().any(|installation| installation.id == *id);
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|id, _| known(id));
        drop(holders);
        *self.installations.lock().unwrap_or_else(PoisonError::into_inner) = read;
    }

    pub fn holder(&self, installation: i64) -> Holder {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(holders.entry(installation).or_default())
    }
}

/// The header of a token.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue, GithubError> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
    let mut value = value.map_err(|_| GithubError::Misconfigured {
        what: "the token has characters that no token has; copy it again, without line breaks".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_token_is_held_until_shortly_before_it_expires() {
        let mut kept = Kept::default();
        assert_eq!(kept.token(at(0)), None);
        let (first, second) = (HeaderValue::from_static("a"), HeaderValue::from_static("b"));
        kept.hold(first.clone(), at(3600));
        assert_eq!(kept.token(at(3299)), Some(first.clone()));
        assert_eq!(kept.token(at(3300)), None);
        kept.hold(second.clone(), at(7200));
        kept.forget(Some(&first));
        assert_eq!(
            kept.token(at(0)),
            Some(second.clone()),
            "another one than the refused"
        );
        kept.forget(Some(&second));
        assert_eq!(kept.token(at(0)), None);
    }

    #[test]
    fn whose_business_an_address_is_stands_in_it() {
        assert_eq!(Caller::of(&["app", "installations"]), Caller::App);
        assert_eq!(Caller::of(&["repos", "acme", "pay"]), Caller::Account("acme"));
        assert_eq!(Caller::of(&["user"]), Caller::Account(""));
    }
}
