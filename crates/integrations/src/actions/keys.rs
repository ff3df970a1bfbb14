//! The keys of an issuer: read when they are needed, kept for an hour, and asked for anew at most once a minute.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::error::ActionsError;
use crate::outbound::{self, Allowed};

/// A key that its issuer takes back is believed for this long at most, while the issuer answers …
const FRESH: TimeDelta = TimeDelta::hours(1);
/// … and for this long while it does not.
const STALE: TimeDelta = TimeDelta::hours(24);
/// Anybody may name a key that does not exist; the issuer is not asked more often for that.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How long an answer may take. A workflow waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer; GitHub's is a tenth of this.
const LARGEST: usize = 256 * 1024;

/// One issuer with its keys.
pub(super) struct Keys {
    http: Client,
    issuer: String,
    /// Where the issuer may keep its keys although it is inside.
    inside: Allowed,
    /// Held while the issuer is asked, so that many who wait ask once.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Vec<Jwk>,
    read_at: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
    failed: bool,
}

impl Kept {
    fn find(&self, id: &str) -> Option<&Jwk> {
        self.keys
            .iter()
            .find(|key| key.common.key_id.as_deref() == Some(id))
    }

    fn is_younger(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        self.read_at.is_some_and(|at| now - at < age)
    }
}

#[derive(Deserialize)]
struct DiscoveryWire {
    issuer: String,
    jwks_uri: Url,
}

/// Keys of kinds that we do not know shall not hide the others.
#[derive(Deserialize)]
struct KeysWire {
    keys: Vec<Value>,
}

impl Keys {
    pub fn new(issuer: String, inside: &Allowed) -> Result<Self, ActionsError> {
        let inside = match Url::parse(&issuer) {
            Ok(own) => inside.clone().and_host_of(&own),
            Err(_) => inside.clone(),
        };
        let http = outbound::builder(&inside)
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .build();
        Ok(Self {
            http: http.map_err(|_| ActionsError::NoClient)?,
            issuer,
            inside,
            kept: Mutex::default(),
        })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key of an id.
    pub async fn key(&self, id: &str, now: DateTime<Utc>) -> Result<Jwk, ActionsError> {
        let mut kept = self.kept.lock().await;
        if kept.is_younger(FRESH, now)
            && let Some(key) = kept.find(id)
        {
            return Ok(key.clone());
        }
        if kept.asked_at.is_none_or(|at| now - at >= ASKED_EVERY) {
            kept.asked_at = Some(now);
            let read = self.read().await;
            kept.failed = read.is_none();
            if let Some(keys) = read {
                kept.keys = keys;
                kept.read_at = Some(now);
            }
        }
        match kept.find(id) {
            Some(key) if kept.is_younger(STALE, now) => Ok(key.clone()),
            _ if kept.failed => Err(ActionsError::Unavailable),
            _ => Err(ActionsError::Key),
        }
    }

    /// All keys of the issuer that sign; `None` where they cannot be read.
    async fn read(&self) -> Option<Vec<Jwk>> {
        let base = self.issuer.trim_end_matches('/');
        let discovery: DiscoveryWire = self
            .get(&format!("{base}/.well-known/openid-configuration"))
            .await?;
        let own = Url::parse(&self.issuer).ok()?;
        let is_safe = discovery.jwks_uri.scheme() == "https" || discovery.jwks_uri.origin() == own.origin();
        if discovery.issuer != self.issuer || !is_safe {
            tracing::warn!(
                issuer = self.issuer,
                "an issuer describes itself as another, or keeps its keys elsewhere"
            );
            return None;
        }
        let wire: KeysWire = self.get(discovery.jwks_uri.as_str()).await?;
        let keys = wire
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Some(keys.filter(signs).collect())
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Option<T> {
        let parsed = match self.bytes(url).await {
            Ok(body) => serde_json::from_slice(&body).map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        parsed
            .inspect_err(|error| {
                tracing::warn!(
                    issuer = self.issuer,
                    error,
                    "the keys of an issuer cannot be read"
                );
            })
            .ok()
    }

    async fn bytes(&self, url: &str) -> Result<Vec<u8>, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        outbound::check(&url, &self.inside).map_err(|refused| refused.to_string())?;
        let failed = |error: reqwest::Error| {
            outbound::refused(&error).map_or_else(|| error.to_string(), |refused| refused.to_string())
        };
        let answer = self.http.get(url).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err("the answer is too large".to_owned());
            }
        }
        Ok(body)
    }
}

fn signs(key: &Jwk) -> bool {
    matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature))
}
