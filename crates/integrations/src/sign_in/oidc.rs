//! OpenID Connect: the authorization code flow with PKCE, state, nonce and the check of the issuer (RFC 9207).

mod provider;
mod token;

use chrono::{DateTime, Utc};
use domain::sign_in::{Outsider, Way, identity_of};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Url, form_urlencoded::byte_serialize};

use super::{
    error::{Fault, SignInError},
    http::Http,
    returned::{Challenge, Returned},
};
use crate::outbound::Allowed;
use provider::{Known, Provider};

/// Which provider, and as whom Fairway asks it.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Its issuer, exactly as its discovery document writes it.
    pub issuer: String,
    /// What people call it: it stands on the button.
    pub name: String,
    /// Fairway's number there.
    pub client_id: String,
    /// Fairway's secret there; a public client has none.
    pub client_secret: Option<SecretString>,
    /// What is asked for; `openid` is always.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: String,
    /// The address that the browser comes back to.
    pub return_url: String,
    /// What it may send Fairway to inside, beside the issuer's own host.
    pub inside: Allowed,
}

/// One provider. Reads its discovery document when somebody first signs in, so that Fairway starts without it.
#[derive(Debug)]
pub struct Oidc {
    config: OidcConfig,
    http: Http,
    known: Known,
}

impl Oidc {
    /// A provider that was not asked anything yet.
    pub fn new(config: OidcConfig) -> Result<Self, SignInError> {
        let inside = match Url::parse(&config.issuer) {
            Ok(issuer) => config.inside.clone().and_host_of(&issuer),
            Err(_) => config.inside.clone(),
        };
        let http = Http::new(inside).map_err(|fault| fault.of(&config.name))?;
        Ok(Self {
            config,
            http,
            known: Known::default(),
        })
    }

    /// Which provider this is.
    pub fn config(&self) -> &OidcConfig {
        &self.config
    }

    /// Where a browser is sent.
    pub async fn authorize_url(&self, challenge: Challenge<'_>) -> Result<String, SignInError> {
        self.address_for(challenge)
            .await
            .map_err(|fault| fault.of(&self.config.name))
    }

    async fn address_for(&self, challenge: Challenge<'_>) -> Result<String, Fault> {
        let provider = self.known.provider(&self.http, &self.config.issuer).await?;
        let mut url = provider.authorization.clone();
        let scopes: Vec<&str> = std::iter::once("openid")
            .chain(self.config.scopes.iter().map(String::as_str))
            .collect();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.return_url)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", challenge.state)
            .append_pair("nonce", challenge.nonce)
            .append_pair("code_challenge", &challenge.code_challenge())
            .append_pair("code_challenge_method", "S256");
        if challenge.silent {
            query.append_pair("prompt", "none");
        }
        drop(query);
        Ok(url.into())
    }

    /// Who the provider says that it is. The caller has found the challenge by the state that came back.
    pub async fn who(
        &self,
        returned: &Returned,
        challenge: Challenge<'_>,
        now: DateTime<Utc>,
    ) -> Result<Outsider, SignInError> {
        self.identified(returned, challenge, now)
            .await
            .map_err(|fault| fault.of(&self.config.name))
    }

    async fn identified(
        &self,
        returned: &Returned,
        challenge: Challenge<'_>,
        now: DateTime<Utc>,
    ) -> Result<Outsider, Fault> {
        let provider = self.known.provider(&self.http, &self.config.issuer).await?;
        self.check_issuer(&provider, returned)?;
        if !returned.error.is_empty() {
            return Err(Fault::wrong(
                "error",
                "it refused, or somebody pressed cancel there",
            ));
        }
        if returned.code.is_empty() {
            return Err(Fault::wrong("code", "no code came back"));
        }
        let tokens = self.exchange(&provider, &returned.code, challenge).await?;
        let id_token = tokens["id_token"]
            .as_str()
            .ok_or_else(|| Fault::wrong("token", "it sent no ID token"))?;
        let mut claims = self
            .verified(provider.clone(), id_token, challenge.nonce, now)
            .await?;
        if claims.get(&self.config.groups_claim).is_none() {
            self.add_user_info(&provider, &tokens, &mut claims).await?;
        }
        Ok(self.outsider(&claims))
    }

    /// An answer of another provider that this browser asked too would be taken for this one's without it.
    fn check_issuer(&self, provider: &Provider, returned: &Returned) -> Result<(), Fault> {
        match &returned.iss {
            Some(iss) if *iss != self.config.issuer => {
                Err(Fault::wrong("issuer", "the answer is another provider's"))
            }
            None if provider.says_issuer => {
                Err(Fault::wrong("issuer", "the answer does not say whose it is"))
            }
            _ => Ok(()),
        }
    }

    async fn exchange(
        &self,
        provider: &Provider,
        code: &str,
        challenge: Challenge<'_>,
    ) -> Result<Value, Fault> {
        let client_id = self.config.client_id.as_str();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.config.return_url.as_str()),
            ("code_verifier", challenge.verifier),
        ];
        let mut question = self.http.post(&provider.token)?;
        let secret = self
            .config
            .client_secret
            .as_ref()
            .map(ExposeSecret::expose_secret);
        match secret {
            Some(secret) if !provider.takes_secret_in_body => {
                // RFC 6749, 2.3.1: both are encoded as in a form first.
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                question = question.basic_auth(encoded(client_id), Some(encoded(secret)));
            }
            Some(secret) => form.extend([("client_id", client_id), ("client_secret", secret)]),
            None => form.push(("client_id", client_id)),
        }
        match self.http.answer(question.form(&form)).await? {
            (status, value) if status.as_u16() == 200 => Ok(value),
            (status, _) if status.as_u16() == 401 => Err(Fault::Settings(
                "it does not know this client's number and secret".to_owned(),
            )),
            _ => Err(Fault::wrong(
                "code",
                "it does not take the code; it was used, or is too old",
            )),
        }
    }

    /// A token of a key that is not known is looked at once more with the keys of now: providers change them.
    async fn verified(
        &self,
        provider: Provider,
        id_token: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<Value, Fault> {
        let expected = token::Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce,
            now,
        };
        match token::claims(id_token, &provider.keys, &expected) {
            Err(token::Bad::UnknownKey) => {
                let provider = self.known.with_new_keys(&self.http, &self.config.issuer).await?;
                token::claims(id_token, &provider.keys, &expected).map_err(token::Bad::fault)
            }
            other => other.map_err(token::Bad::fault),
        }
    }

    /// Many providers tell groups and e-mail only where the access token is shown. What the ID token says wins.
    async fn add_user_info(
        &self,
        provider: &Provider,
        tokens: &Value,
        claims: &mut Value,
    ) -> Result<(), Fault> {
        let (Some(url), Some(access)) = (&provider.user_info, tokens["access_token"].as_str()) else {
            return Ok(());
        };
        let told = self.http.found(self.http.get(url)?.bearer_auth(access)).await?;
        if told["sub"].as_str().is_none() || told["sub"] != claims["sub"] {
            return Err(Fault::wrong("subject", "it tells about somebody else"));
        }
        if let (Some(known), Value::Object(told)) = (claims.as_object_mut(), told) {
            for (name, value) in told {
                known.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    fn outsider(&self, claims: &Value) -> Outsider {
        let text = |name: &str| {
            claims[name]
                .as_str()
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let subject = claims["sub"].as_str().unwrap_or_default();
        let email = text("email").map(ToOwned::to_owned);
        let is_verified = claims["email_verified"] == true || claims["email_verified"] == "true";
        let label = text("preferred_username").or(text("email")).unwrap_or(subject);
        let groups = match &claims[&self.config.groups_claim] {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) => many
                .iter()
                .filter_map(Value::as_str)
                .map(ToOwned::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        Outsider {
            way: Way::Oidc,
            subject: identity_of(&self.config.issuer, subject),
            label: label.to_owned(),
            name: text("name").unwrap_or(label).to_owned(),
            verified: email.clone().filter(|_| is_verified).into_iter().collect(),
            email,
            groups,
        }
        .bounded()
    }
}

/// An address that a provider names, which must be one that can be asked safely.
fn address(document: &Value, name: &str) -> Result<Url, Fault> {
    let url: Option<Url> = document[name].as_str().and_then(|text| text.parse().ok());
    url.filter(super::returned::is_safe)
        .ok_or_else(|| Fault::wrong("discovery", format!("its {name} is no https address")))
}
