//! Why a webhook was not taken, each with what to do next.

use chrono::{DateTime, Utc};
use domain::outbox::Attempt;
use http::StatusCode;

use crate::outbound::OutboundError;

/// Why there was no 2xx. Names the host at most, since the rest of an address may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// It was away several times in a row, so it is not asked for a while.
    #[error("{host} was away several times in a row; it is asked again at {until}")]
    Resting {
        /// The host.
        host: String,
        /// When the next one tries.
        until: DateTime<Utc>,
    },
    /// It asks to wait.
    #[error("{host} asks to wait until {until}; it is asked again then")]
    Busy {
        /// The host.
        host: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It understood, and says no.
    #[error(
        "{host} refuses it with status {}{}; mend it there or in the settings here, then replay it",
        .status.as_u16(),
        said(.words)
    )]
    Refused {
        /// The host.
        host: String,
        /// The status.
        status: StatusCode,
        /// Its words.
        words: String,
    },
    /// It could not say anything of use now.
    #[error("{host} answers with status {}; it is asked again by itself", .status.as_u16())]
    Away {
        /// The host.
        host: String,
        /// The status.
        status: StatusCode,
    },
    /// It was not called, or gave no answer.
    #[error(transparent)]
    Outbound(OutboundError),
}

impl HookError {
    /// Whether the host itself does not answer, which says nothing about what was sent.
    pub(super) fn is_away(&self) -> bool {
        matches!(
            self,
            Self::Away { .. }
                | Self::Outbound(OutboundError::TooSlow { .. } | OutboundError::Unreachable { .. })
        )
    }
}

impl From<HookError> for Attempt {
    fn from(error: HookError) -> Self {
        let words = error.to_string();
        match error {
            HookError::Resting { until, .. } | HookError::Busy { until, .. } => Self::Later(words, until),
            HookError::Refused { .. } => Self::Refused(words),
            HookError::Away { .. } => Self::Failed { words, unsure: true },
            HookError::Outbound(error) => match error {
                OutboundError::Unusable { .. }
                | OutboundError::Inside { .. }
                | OutboundError::SentOn { .. } => Self::Refused(words),
                // It has it, and is not asked twice only to say as much again.
                OutboundError::TooLarge { .. } => Self::Doubtful(format!(
                    "{words}; look whether it took it, and replay it where it did not"
                )),
                OutboundError::Nowhere { .. } => Self::Failed { words, unsure: false },
                OutboundError::TooSlow { .. } | OutboundError::Unreachable { .. } => {
                    Self::Failed { words, unsure: true }
                }
            },
        }
    }
}

fn said(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    }
}
