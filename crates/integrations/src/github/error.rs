//! What can go wrong when GitHub is asked, each with what to do next.

use chrono::{DateTime, Utc};

/// Why GitHub gave no usable answer. Never holds the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// 401: the token is unknown, revoked or expired.
    #[error("GitHub does not accept the token; make a new one and set it in the configuration")]
    Unauthorized,
    /// 403 that is no rate limit: the token may not read this.
    #[error(
        "GitHub's token may not read {what}; give it read access to contents, pull requests and deployments"
    )]
    Forbidden {
        /// Path of the request.
        what: String,
    },
    /// 404 and the like: it does not exist, or the token may not know that it does.
    #[error("GitHub has no {what}, or its token may not see it; check the name and the token's repositories")]
    NotFound {
        /// Path of the request.
        what: String,
    },
    /// A primary or secondary rate limit; jobs wait.
    #[error("GitHub's rate limit is used up until {until}; it goes on by itself then")]
    RateLimited {
        /// When to ask again.
        until: DateTime<Utc>,
    },
    /// 5xx, or no connection at all; worth another try later.
    #[error(
        "GitHub is not available ({}); it is asked again later, see its status page", 
        .status.map_or_else(|| "no connection".to_owned(), |status| format!("status {status}"))
    )]
    Unavailable {
        /// The answer's status; `None` when there was no answer.
        status: Option<u16>,
    },
    /// It was not available several times in a row, so nothing is asked for a while.
    #[error("GitHub was not available several times in a row; it is asked again at {until}")]
    Resting {
        /// When the next request tries.
        until: DateTime<Utc>,
    },
    /// The App is not installed where it is needed, any more or yet, or the installation is suspended.
    #[error(
        "the GitHub App is not installed in {}, or suspended there; install it, then it goes on by itself",
        named(.account)
    )]
    NotInstalled {
        /// Login of the account; empty where it is not known, or where the App is installed nowhere.
        account: String,
    },
    /// No whole answer within the time allowed; worth another try later.
    #[error("GitHub did not answer in time; it is asked again later")]
    Timeout,
    /// An answer that is not what GitHub documents; trying again at once does not help.
    #[error("GitHub's answer cannot be used: {what}; check that the configured address is GitHub's API")]
    Garbled {
        /// What is wrong with it.
        what: String,
    },
    /// 400 or 422 of something that was asked to be done: nothing was.
    #[error("GitHub refuses {what}: {words}; mend what it names, then try again")]
    Refused {
        /// Path of the request.
        what: String,
        /// GitHub's words.
        words: String,
    },
    /// The settings cannot make a request.
    #[error("the GitHub settings cannot be used: {what}")]
    Misconfigured {
        /// Which one and why.
        what: String,
    },
}

impl GithubError {
    /// Whether asking again later may succeed without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Resting { .. } | Self::Timeout
        )
    }
}

/// An account in words.
fn named(account: &str) -> &str {
    if account.is_empty() {
        "the account that is asked for"
    } else {
        account
    }
}

#[cfg(test)]
mod tests {
    use super::GithubError;

    #[test]
    fn an_account_without_a_name_leaves_no_hole_in_the_words() {
        for (account, words) in [
            ("acme", "not installed in acme, or"),
            ("", "not installed in the account that is asked for, or"),
        ] {
            let account = account.to_owned();
            let error = GithubError::NotInstalled { account };
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
