//! A GitHub App's key: signs the short-lived token with which the App speaks for itself.
//!
//! The key is read once and never shown: not by `Debug`, not in an error.

use std::fmt;

use http::HeaderValue;
use octocrab::{
    auth::{EncodingKey, create_jwt},
    models::AppId,
};
use secrecy::{ExposeSecret, SecretString};

use super::error::GithubError;

/// Who the App is and the key that proves it. Cheap to clone.
#[derive(Clone)]
pub struct AppKey {
    id: u64,
    key: EncodingKey,
}

/// Why a key cannot be used. Holds nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppKeyError {
    /// It is no RSA private key in PEM.
    #[error("is no RSA private key in PEM format")]
    NoKey,
    /// It has the right format and signs nothing.
    #[error("cannot sign; it is damaged or cut off")]
    CannotSign,
}

impl AppKey {
    /// Reads the key of App `id` from PEM as GitHub gives it (PKCS#1), or in PKCS#8; line breaks may be written `\n`, as
    /// environment files need it. Signs once, so that a damaged key is known now and not at the first request.
    pub fn parse(id: u64, pem: &SecretString) -> Result<Self, AppKeyError> {
        let text = pem.expose_secret().trim().replace("\\n", "\n");
        let key = EncodingKey::from_rsa_pem(text.as_bytes()).map_err(|_| AppKeyError::NoKey)?;
        let key = Self { id, key };
        key.bearer().map_err(|_| AppKeyError::CannotSign)?;
        Ok(key)
    }

    /// The App's numeric id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The header that speaks for the App. GitHub takes such a token for ten minutes: it is dated 60 s back, for clocks
    /// that differ, and ends in nine minutes. Made anew for every request; signing takes a millisecond.
    pub(super) fn bearer(&self) -> Result<HeaderValue, GithubError> {
        let cannot = || GithubError::Misconfigured {
            what: "the App's private key cannot sign".to_owned(),
        };
        let token = create_jwt(AppId(self.id), &self.key).map_err(|_| cannot())?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| cannot())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        for text in [
            "canary",
            "",
            "-----BEGIN RSA PRIVATE KEY-----\nY2FuYXJ5\n-----END RSA PRIVATE KEY-----",
        ] {
            let error = AppKey::parse(1, &text.into()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
