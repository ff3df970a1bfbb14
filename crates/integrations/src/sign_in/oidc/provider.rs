//! What a provider says of itself: its discovery document and its keys, kept for a while.

use std::time::{Duration, Instant};

use openidconnect::core::CoreJsonWebKeySet;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::address;
use crate::sign_in::{error::Fault, http::Http};

/// Providers announce changes of addresses days ahead.
const KEPT: Duration = Duration::from_hours(1);
/// Whoever sends tokens of unknown keys shall not make us ask all the time.
const NEW_KEYS_AFTER: Duration = Duration::from_secs(30);

/// Addresses and keys of a provider.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub authorization: Url,
    pub token: Url,
    pub user_info: Option<Url>,
    /// Whether its answers say whose they are (RFC 9207).
    pub says_issuer: bool,
    /// Whether it wants the client's secret in the body and not in a header.
    pub takes_secret_in_body: bool,
    pub keys: CoreJsonWebKeySet,
}

/// What is known of a provider, and since when.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Provider, Instant)>>);

impl Known {
    /// The provider as it was read within the hour.
    pub async fn provider(&self, http: &Http, issuer: &str) -> Result<Provider, Fault> {
        self.read_after(KEPT, (http, issuer)).await
    }

    /// The provider with the keys of now.
    pub async fn with_new_keys(&self, http: &Http, issuer: &str) -> Result<Provider, Fault> {
        self.read_after(NEW_KEYS_AFTER, (http, issuer)).await
    }

    async fn read_after(&self, age: Duration, (http, issuer): (&Http, &str)) -> Result<Provider, Fault> {
        let mut known = self.0.lock().await;
        if let Some((provider, read_at)) = known.as_ref()
            && read_at.elapsed() < age
        {
            return Ok(provider.clone());
        }
        let provider = discover(http, issuer).await?;
        *known = Some((provider.clone(), Instant::now()));
        Ok(provider)
    }
}

async fn discover(http: &Http, issuer: &str) -> Result<Provider, Fault> {
    let text = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let url: Url = text
        .parse()
        .map_err(|error| Fault::Settings(format!("the issuer is no address ({error})")))?;
    let document = http.found(http.get(&url)?).await?;
    if document["issuer"] != issuer {
        return Err(Fault::wrong(
            "discovery",
            "its document names another issuer; FAIRWAY_OIDC_ISSUER must be written exactly as there",
        ));
    }
    let keys = http.found(http.get(&address(&document, "jwks_uri")?)?).await?;
    let keys =
        serde_json::from_value(keys).map_err(|_| Fault::wrong("discovery", "its keys cannot be read"))?;
    Ok(Provider {
        authorization: address(&document, "authorization_endpoint")?,
        token: address(&document, "token_endpoint")?,
        user_info: match &document["userinfo_endpoint"] {
            Value::Null => None,
            _ => Some(address(&document, "userinfo_endpoint")?),
        },
        says_issuer: document["authorization_response_iss_parameter_supported"] == true,
        takes_secret_in_body: takes_secret_in_body(&document),
        keys,
    })
}

/// A header is what is meant where nothing is said (OpenID Connect Discovery, 3).
fn takes_secret_in_body(document: &Value) -> bool {
    let Some(methods) = document["token_endpoint_auth_methods_supported"].as_array() else {
        return false;
    };
    let takes = |name: &str| methods.iter().any(|method| method == name);
    takes("client_secret_post") && !takes("client_secret_basic")
}
