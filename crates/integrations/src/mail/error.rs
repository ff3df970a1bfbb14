//! Why a mail was not taken, each with what to do next.

use chrono::{DateTime, Utc};
use domain::{names, outbox::Attempt};
use lettre::transport::smtp;

/// As much of a server's words as a person reads.
const MOST_WORDS: usize = 300;

/// Why the mail server did not take a mail. Never holds the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The settings cannot be used.
    #[error("{why}; write it as `smtps://USER:PASSWORD@HOST` and `Fairway <fairway@example.com>`")]
    Misconfigured {
        /// Which one and why.
        why: &'static str,
    },
    /// What is stored is no address of mail.
    #[error("the address cannot be written to; name another one")]
    NoAddress,
    /// The server was away several times in a row.
    #[error("the mail server was away several times in a row; it is asked again at {until}")]
    Resting {
        /// When the next one tries.
        until: DateTime<Utc>,
    },
    /// 5yz: it does not take this mail.
    #[error("the mail server refuses it: {words}; mend the address or the server, then replay it")]
    Refused {
        /// Its words.
        words: String,
    },
    /// 53z: it does not take Fairway's name and password.
    #[error("the mail server does not let Fairway in: {words}; look at FAIRWAY_SMTP_URL")]
    ShutOut {
        /// Its words.
        words: String,
    },
    /// 4yz: not now.
    #[error("the mail server does not take it now: {words}; it is tried again by itself")]
    NotNow {
        /// Its words.
        words: String,
    },
    /// No connection, no TLS, or an end in the middle.
    #[error(
        "the mail server could not be asked: {words}; check that it runs and that FAIRWAY_SMTP_URL names it"
    )]
    Unreachable {
        /// How.
        words: String,
    },
    /// No last word in time.
    #[error("the mail server did not answer in time; it is tried again by itself")]
    TooSlow,
}

impl MailError {
    /// What an error of the library means.
    pub(super) fn of(error: &smtp::Error) -> Self {
        let said: String = error.to_string().chars().take(MOST_WORDS).collect();
        let words = names::title_written_out(said.trim());
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        if error.is_permanent() && code.starts_with("53") {
            Self::ShutOut { words }
        } else if error.is_permanent() || error.is_client() {
            Self::Refused { words }
        } else if error.is_transient() {
            Self::NotNow { words }
        } else {
            Self::Unreachable { words }
        }
    }

    /// Whether the server itself does not answer.
    pub(super) fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TooSlow)
    }
}

impl From<MailError> for Attempt {
    fn from(error: MailError) -> Self {
        let words = error.to_string();
        match error {
            MailError::Resting { until } => Self::Later(words, until),
            MailError::NoAddress | MailError::Refused { .. } => Self::Refused(words),
            MailError::Misconfigured { .. } | MailError::ShutOut { .. } | MailError::NotNow { .. } => {
                Self::Failed { words, unsure: false }
            }
            MailError::Unreachable { .. } | MailError::TooSlow => Self::Failed { words, unsure: true },
        }
    }
}
