//! A token's signature, held against the keys of the issuer that it names.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::tokens::Claims;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, KeyAlgorithm},
};

use super::{
    claims::{ClaimsWire, IssuerWire},
    error::ActionsError,
    keys::Keys,
};
use crate::outbound::Allowed;

/// GitHub's tokens are a tenth of this.
const LARGEST: usize = 16 * 1024;
/// The longest id of a key.
const LONGEST_ID: usize = 200;

/// Verifies tokens of the issuers that it is told to believe.
pub struct ActionsTokens {
    issuers: Vec<Keys>,
}

impl ActionsTokens {
    /// Believes these issuers, each written just as it writes itself. Nothing is asked of them yet; where one keeps its keys
    /// at another host inside, `inside` must allow that.
    ///
    /// # Errors
    /// [`ActionsError::NoClient`] where TLS cannot be set up.
    pub fn new(issuers: &[String], inside: &Allowed) -> Result<Self, ActionsError> {
        let issuers = issuers.iter().map(|issuer| Keys::new(issuer.clone(), inside));
        Ok(Self {
            issuers: issuers.collect::<Result<_, _>>()?,
        })
    }

    /// The issuers.
    pub fn issuers(&self) -> Vec<String> {
        self.issuers.iter().map(|keys| keys.issuer().to_owned()).collect()
    }

    /// What a token says, once its signature is its issuer's. Its times and audience are for the caller to judge.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn verified(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, ActionsError> {
        let token = token.trim();
        if token.len() > LARGEST || token.split('.').count() != 3 {
            return Err(ActionsError::Malformed);
        }
        let header = decode_header(token).map_err(|_| ActionsError::Algorithm)?;
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
            return Err(ActionsError::Algorithm);
        }
        // An extension that must be understood is understood by nobody here; keys that a token brings are not looked at.
        if header.crit.is_some() {
            return Err(ActionsError::Malformed);
        }
        let id = header
            .kid
            .filter(|id| id.len() <= LONGEST_ID)
            .ok_or(ActionsError::Key)?;
        let issuer = issuer_of(token)?;
        let keys = self.issuers.iter().find(|keys| keys.issuer() == issuer);
        let key = keys.ok_or(ActionsError::Issuer)?.key(&id, now).await?;
        check(token, header.alg, &key)
    }
}

/// The issuer that a token names; not believed before its signature is.
fn issuer_of(token: &str) -> Result<String, ActionsError> {
    let payload = token.split('.').nth(1).ok_or(ActionsError::Malformed)?;
    let bytes = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| ActionsError::Malformed)?;
    let wire: IssuerWire = serde_json::from_slice(&bytes).map_err(|_| ActionsError::Malformed)?;
    wire.iss.ok_or(ActionsError::Claim("iss"))
}

fn check(token: &str, algorithm: Algorithm, key: &Jwk) -> Result<Claims, ActionsError> {
    if !is_for(key, algorithm) {
        return Err(ActionsError::Key);
    }
    let key = DecodingKey::from_jwk(key).map_err(|_| ActionsError::Key)?;
    // The signature only: the library would look at a clock of its own.
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = decode::<ClaimsWire>(token, &key, &validation).map_err(|_| ActionsError::Signature)?;
    decoded.claims.convert()
}

/// Whether a key says that it signs in this way, or does not say in which.
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    match key.common.key_algorithm {
        None => true,
        Some(KeyAlgorithm::RS256) => algorithm == Algorithm::RS256,
        Some(KeyAlgorithm::ES256) => algorithm == Algorithm::ES256,
        Some(_) => false,
    }
}
