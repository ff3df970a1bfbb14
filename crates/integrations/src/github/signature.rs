//! Whether a delivery was signed by a holder of the webhook secret (`X-Hub-Signature-256`).
//!
//! Works on the raw bytes of the body, before anything parses them. Knows nothing of HTTP or of what the body says.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How many secrets may be active at once: the old and the new one while they are exchanged.
pub const MAX_SECRETS: usize = 2;
/// What GitHub writes before the hexadecimal digest.
const PREFIX: &str = "sha256=";

/// The webhook secrets that are active. None at all closes the endpoint.
#[derive(Clone, Default)]
pub struct WebhookSecrets(Vec<SecretString>);

/// The secrets cannot be used as they are configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// More than [`MAX_SECRETS`].
    #[error(
        "at most {MAX_SECRETS} webhook secrets may be active; remove the ones that GitHub no longer signs with"
    )]
    TooMany,
    /// An empty secret, with which anybody could sign.
    #[error("a webhook secret is empty; set the one that the webhook has on GitHub, or remove the setting")]
    Empty,
}

/// Why a delivery is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No secret is active, so nothing can be verified.
    #[error(
        "no webhook secret is configured, so nothing is accepted; set one on the webhook and in the configuration"
    )]
    Closed,
    /// The header is missing.
    #[error("the delivery is not signed; set a secret on the webhook")]
    Missing,
    /// The header is not `sha256=` and 64 hexadecimal digits.
    #[error("the signature is not `sha256=` and 64 hexadecimal digits; only X-Hub-Signature-256 is accepted")]
    Malformed,
    /// No active secret made this signature over this body.
    #[error("the signature does not match; check that the webhook's secret is one of those configured")]
    Wrong,
}

impl WebhookSecrets {
    /// The active secrets, none to [`MAX_SECRETS`] of them.
    pub fn new(secrets: Vec<SecretString>) -> Result<Self, SecretsError> {
        if secrets.len() > MAX_SECRETS {
            return Err(SecretsError::TooMany);
        }
        if secrets.iter().any(|secret| secret.expose_secret().is_empty()) {
            return Err(SecretsError::Empty);
        }
        Ok(Self(secrets))
    }

    /// Whether no secret is active: the endpoint is closed then.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Verifies `header` (the value of `X-Hub-Signature-256`) over the raw `body`.
    ///
    /// Every active secret is tried and compared in constant time, so the time taken tells neither how much of a digest
    /// was right nor which secret matched.
    pub fn verify(&self, header: Option<&[u8]>, body: &[u8]) -> Result<(), SignatureError> {
        if self.is_empty() {
            return Err(SignatureError::Closed);
        }
        let claimed = digest(header.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Malformed)?;
        let mut matched = Choice::from(0);
        for secret in &self.0 {
            // HMAC takes a key of any length, so this has no failing case; if it had, nothing would match.
            let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
                continue;
            };
            let made = mac.chain_update(body).finalize().into_bytes();
            matched |= made.as_slice().ct_eq(&claimed);
        }
        if bool::from(matched) {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }
}

/// What a holder of the secret writes into `X-Hub-Signature-256` for a body.
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    // HMAC takes a key of any length, so this has no failing case; if it had, the signature would fit nothing.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return PREFIX.to_owned();
    };
    let made = mac.chain_update(body).finalize().into_bytes();
    format!("{PREFIX}{}", hex::encode(made))
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecrets({} active)", self.0.len())
    }
}

/// The digest that a header claims.
fn digest(header: &[u8]) -> Option<[u8; 32]> {
    let hexadecimal = header.strip_prefix(PREFIX.as_bytes())?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(hexadecimal, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's published vector.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &[u8] = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secrets(texts: &[&str]) -> WebhookSecrets {
        WebhookSecrets::new(texts.iter().map(|text| SecretString::from(*text)).collect()).unwrap()
    }

    #[test]
    fn githubs_vector_is_accepted_by_either_of_two_secrets() {
        for active in [&[SECRET] as &[_], &[SECRET, "new"], &["old", SECRET]] {
            assert_eq!(secrets(active).verify(Some(SIGNATURE), BODY), Ok(()));
        }
    }

    #[test]
    fn what_is_signed_here_is_githubs_signature() {
        assert_eq!(sign(&SecretString::from(SECRET), BODY).as_bytes(), SIGNATURE);
    }

    #[test]
    fn everything_else_is_refused() {
        let active = secrets(&[SECRET]);
        assert_eq!(
            active.verify(Some(SIGNATURE), b"Hello, World?"),
            Err(SignatureError::Wrong)
        );
        assert_eq!(
            secrets(&["other"]).verify(Some(SIGNATURE), BODY),
            Err(SignatureError::Wrong)
        );
        assert_eq!(active.verify(None, BODY), Err(SignatureError::Missing));
        assert_eq!(
            secrets(&[]).verify(Some(SIGNATURE), BODY),
            Err(SignatureError::Closed)
        );
        for header in [
            &b""[..],
            b"sha256=",
            b"sha1=757107ea",
            &SIGNATURE[..70],
            &SIGNATURE[7..],
            b"sha256=\xff",
        ] {
            assert_eq!(active.verify(Some(header), BODY), Err(SignatureError::Malformed));
        }
    }

    #[test]
    fn empty_and_third_secrets_are_refused_and_none_is_shown() {
        let of = |texts: &[&str]| {
            WebhookSecrets::new(texts.iter().map(|text| SecretString::from(*text)).collect())
        };
        assert_eq!(of(&["a", ""]).unwrap_err(), SecretsError::Empty);
        assert_eq!(of(&["a", "b", "c"]).unwrap_err(), SecretsError::TooMany);
        assert_eq!(format!("{:?}", secrets(&[SECRET])), "WebhookSecrets(1 active)");
    }
}
