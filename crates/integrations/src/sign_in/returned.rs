//! What is asked of a provider, and what a browser brings back from it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

/// What one sign-in is bound to. Kept where the browser cannot read it.
#[derive(Clone, Copy)]
pub struct Challenge<'a> {
    /// Comes back in the address: the answer is to this question of this browser.
    pub state: &'a str,
    /// Comes back in the ID token: the token was made for this question.
    pub nonce: &'a str,
    /// Only who asked can exchange the code (PKCE, RFC 7636).
    pub verifier: &'a str,
    /// Ask nobody anything: the provider answers for whoever is signed in there already, or refuses.
    pub silent: bool,
}

impl Challenge<'_> {
    /// The verifier as the provider is told it: S256.
    pub(super) fn code_challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

/// What the browser brings in the address that it comes back to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// To be exchanged for who it is.
    pub code: String,
    /// Which question this answers.
    pub state: String,
    /// Why there is no code.
    pub error: String,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
}

/// The code and the state are secrets until they were used.
impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned")
            .field("error", &self.error)
            .field("iss", &self.iss)
            .finish_non_exhaustive()
    }
}

/// Whether what is sent to an address is encrypted, or stays on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let challenge = Challenge {
            state: "",
            nonce: "",
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            silent: false,
        };
        assert_eq!(
            challenge.code_challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn only_encrypted_or_local_addresses_are_safe() {
        let safe = |url: &str| is_safe(&url.parse().unwrap());
        assert!(safe("https://id.example/x") && safe("http://127.0.0.1:9/x") && safe("http://localhost/x"));
        assert!(
            !safe("http://id.example/x")
                && !safe("ftp://localhost/x")
                && !safe("http://127.0.0.1.evil.example/")
        );
    }
}
