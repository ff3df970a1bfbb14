//! What an ID token must be before a word of it is believed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Alg},
};
use serde_json::Value;

use crate::sign_in::error::Fault;

/// Signatures by a key pair only: with a shared secret or none, whoever knows the client could sign.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];
/// Clocks may be this far apart.
const APART: TimeDelta = TimeDelta::minutes(1);
/// A token that was made for this sign-in is this young.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// The standard allows 255 characters.
const LONGEST_SUBJECT: usize = 255;

/// What the token must say.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
}

/// Why a token is not believed.
pub(super) enum Bad {
    /// The keys that are known are not those it was signed with.
    UnknownKey,
    Because(&'static str, String),
}

impl Bad {
    pub fn fault(self) -> Fault {
        match self {
            Self::UnknownKey => Fault::wrong(
                "key",
                "its ID token is signed with a key that it does not publish",
            ),
            Self::Because(kind, why) => Fault::Wrong(kind, why),
        }
    }

    fn because(kind: &'static str, why: &str) -> Self {
        Self::Because(kind, why.to_owned())
    }
}

/// All claims of a token that was made by the issuer, for this client, for this question, a moment ago.
pub(super) fn claims(text: &str, keys: &CoreJsonWebKeySet, expected: &Expected<'_>) -> Result<Value, Bad> {
    let token: CoreIdToken = text
        .parse()
        .map_err(|_| Bad::because("token", "its ID token cannot be read"))?;
    let issuer = IssuerUrl::new(expected.issuer.to_owned())
        .map_err(|_| Bad::because("issuer", "the issuer is no address"))?;
    let now = expected.now;
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(expected.client_id.to_owned()),
        issuer,
        keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || now)
    .set_issue_time_verifier_fn(move |issued| made_now(issued, now));
    token
        .claims(&verifier, &Nonce::new(expected.nonce.to_owned()))
        .map_err(|error| bad(&error))?;
    let claims = payload(text).ok_or_else(|| Bad::because("token", "its ID token cannot be read"))?;
    check_the_rest(&claims, expected)?;
    Ok(claims)
}

fn made_now(issued: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), String> {
    if issued > now + APART {
        return Err("issued in the future".to_owned());
    }
    if issued < now - OLDEST {
        return Err("issued long ago".to_owned());
    }
    Ok(())
}

/// What the library leaves to its users.
fn check_the_rest(claims: &Value, expected: &Expected<'_>) -> Result<(), Bad> {
    let subject = claims["sub"].as_str().unwrap_or_default();
    let length = subject.chars().count();
    if length == 0 || length > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(Bad::because("subject", "its ID token names nobody"));
    }
    let not_before = claims["nbf"].as_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of this era are far below 2^52"
    )]
    let latest = (expected.now + APART).timestamp() as f64;
    if not_before.is_some_and(|from| from > latest) {
        return Err(Bad::because("time", "its ID token is not valid yet"));
    }
    match &claims["azp"] {
        Value::Null => Ok(()),
        Value::String(party) if party == expected.client_id => Ok(()),
        _ => Err(Bad::because(
            "audience",
            "its ID token was made for another client",
        )),
    }
}

fn bad(error: &ClaimsVerificationError) -> Bad {
    match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Bad::UnknownKey
        }
        ClaimsVerificationError::SignatureVerification(_) => {
            Bad::because("signature", "the signature of its ID token is not right")
        }
        ClaimsVerificationError::InvalidIssuer(_) => {
            Bad::because("issuer", "its ID token is another issuer's")
        }
        ClaimsVerificationError::InvalidAudience(_) => {
            Bad::because("audience", "its ID token was made for another client")
        }
        ClaimsVerificationError::InvalidNonce(_) => {
            Bad::because("nonce", "its ID token was made for another sign-in")
        }
        ClaimsVerificationError::Expired(_) => {
            Bad::because("time", "its ID token is over, or the clocks of both differ")
        }
        _ => Bad::because("token", "its ID token is of a kind that is not taken"),
    }
}

/// The middle of the token, whose signature was checked.
fn payload(text: &str) -> Option<Value> {
    let middle = text.split('.').nth(1)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(middle).ok()?;
    serde_json::from_slice(&bytes).ok()
}
