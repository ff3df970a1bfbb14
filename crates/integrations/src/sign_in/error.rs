//! Why a provider did not say who somebody is.

/// Never holds a secret, a code or a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// No answer, or one that may be another in a moment.
    #[error("{provider} gives no usable answer now ({why}); try again in a moment")]
    Unavailable {
        /// Its name.
        provider: String,
        /// What happened.
        why: String,
    },
    /// It answered, and the answer is not to be believed, or says no.
    #[error("{provider} did not say who you are: {why}; begin again")]
    Refused {
        /// Its name.
        provider: String,
        /// One word for the security event, for example `nonce`.
        kind: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The settings do not fit the provider.
    #[error("the settings of {provider} cannot be used: {why}")]
    Misconfigured {
        /// Its name.
        provider: String,
        /// Which one and why.
        why: String,
    },
}

/// What is wrong, before it is known whose answer it is.
#[derive(Debug)]
pub(super) enum Fault {
    Away(String),
    Wrong(&'static str, String),
    Settings(String),
}

impl Fault {
    pub fn wrong(kind: &'static str, why: impl Into<String>) -> Self {
        Self::Wrong(kind, why.into())
    }

    pub fn of(self, provider: &str) -> SignInError {
        let provider = provider.to_owned();
        match self {
            Self::Away(why) => SignInError::Unavailable { provider, why },
            Self::Wrong(kind, why) => SignInError::Refused { provider, kind, why },
            Self::Settings(why) => SignInError::Misconfigured { provider, why },
        }
    }
}
