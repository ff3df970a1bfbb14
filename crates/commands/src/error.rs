//! The one error that pages, the API and jobs see.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{access::Denial, error::FieldErrors, people::LastAdmin};
use store::StoreError;

/// Why a command did not do what it was asked. Every message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Nobody is signed in, or the token is not valid.
    #[error("sign in, or send a valid API token")]
    SignedOut,
    /// The viewer may not do this.
    #[error("{why}")]
    Denied {
        /// Why, and who can.
        why: String,
    },
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for, for example `service payments-api`.
        what: String,
    },
    /// The input is not right.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The state does not allow it.
    #[error("{why}")]
    Conflict {
        /// Why, and what to do.
        why: String,
    },
    /// It was tried too often.
    #[error("this was tried too often; try again {}", when(Some(*.retry_at)))]
    TooMany {
        /// When it can be tried again.
        retry_at: DateTime<Utc>,
    },
    /// A system that is needed does not answer.
    #[error("{system} does not answer now; try again {}", when(*.retry_at))]
    Unavailable {
        /// Which.
        system: &'static str,
        /// When it may work again, where that is known.
        retry_at: Option<DateTime<Utc>>,
    },
    /// A system that is needed answers with what cannot be read. A proxy between may do so for a while.
    #[error("{why}")]
    Garbled {
        /// What came instead, and what to look at where it does not pass.
        why: String,
    },
    /// A fault of Fairway's. Logged once at the edge; people see only a reference.
    #[error("something went wrong inside Fairway")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn when(retry_at: Option<DateTime<Utc>>) -> Cow<'static, str> {
    retry_at.map_or(Cow::Borrowed("in a moment"), |at| {
        format!("after {}", at.format("%Y-%m-%d %H:%M:%S UTC")).into()
    })
}

impl CommandError {
    /// A fault with its source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Nothing by that name.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// Whether a job that met this error should be tried again.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Garbled { .. } | Self::Internal(_)
        )
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::BadCursor => Self::Invalid(FieldErrors::one("page", error.to_string())),
            StoreError::Repeated => Self::Conflict {
                why: format!("{error}; read what came of it, or send a new key"),
            },
            error if error.is_passing() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database is busy or away"
                );
                Self::Unavailable {
                    system: "PostgreSQL",
                    retry_at: None,
                }
            }
            error if error.is_misfit() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a value does not fit what can be stored"
                );
                let message = "a value in it is too long, or out of the range of what can be stored; shorten or correct it";
                Self::Invalid(FieldErrors::one("body", message))
            }
            error => Self::internal(error),
        }
    }
}

impl From<FieldErrors> for CommandError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<LastAdmin> for CommandError {
    fn from(last: LastAdmin) -> Self {
        Self::Conflict {
            why: last.to_string(),
        }
    }
}

impl From<Denial> for CommandError {
    fn from(denial: Denial) -> Self {
        Self::Denied {
            why: denial.to_string(),
        }
    }
}
