//! What can go wrong when Prometheus is asked, each with what to do next.

use chrono::{DateTime, Utc};
use domain::verify::Lack;

use crate::outbound::OutboundError;

/// Why there is no usable answer. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrometheusError {
    /// 401 or 403: it does not let Fairway ask.
    #[error(
        "Prometheus does not let Fairway ask (status {status}); set FAIRWAY_PROMETHEUS_TOKEN, and FAIRWAY_PROMETHEUS_TENANT where it has tenants"
    )]
    Unauthorized {
        /// The status.
        status: u16,
    },
    /// It cannot carry the query out, or the answer is none that a query of ours has.
    #[error("Prometheus does not take the query: {why}")]
    Refused {
        /// In its words.
        why: String,
    },
    /// No answer, one that came too late, 429 or 5xx.
    #[error("Prometheus does not answer ({why}); it is asked again later")]
    Unavailable {
        /// What happened.
        why: String,
    },
    /// It did not answer several times in a row, so nothing is asked for a while.
    #[error("Prometheus did not answer several times in a row; it is asked again at {}", .until.format("%H:%M:%S UTC"))]
    Resting {
        /// When the next question tries.
        until: DateTime<Utc>,
    },
    /// An answer that is not Prometheus's.
    #[error("the answer is not Prometheus's: {what}; check FAIRWAY_PROMETHEUS_URL")]
    Garbled {
        /// What is wrong with it.
        what: String,
    },
    /// The settings cannot make a request.
    #[error("the settings of Prometheus cannot be used: {what}")]
    Misconfigured {
        /// Which one and why.
        what: String,
    },
}

impl PrometheusError {
    /// What a sample lacks by it. Who answers and refuses is not silent, and waiting mends nothing.
    pub fn lack(&self) -> Lack {
        match self {
            Self::Unauthorized { .. } | Self::Refused { .. } | Self::Misconfigured { .. } => Lack::Refused,
            Self::Unavailable { .. } | Self::Resting { .. } | Self::Garbled { .. } => Lack::Unanswered,
        }
    }

    /// Whether it counts towards leaving Prometheus alone.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl From<OutboundError> for PrometheusError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::TooLarge { .. } => Self::Refused {
                why: format!("{error}; make the query give one series"),
            },
            OutboundError::TooSlow { .. }
            | OutboundError::Unreachable { .. }
            | OutboundError::Nowhere { .. } => Self::Unavailable {
                why: error.to_string(),
            },
            OutboundError::SentOn { .. } => Self::Garbled {
                what: error.to_string(),
            },
            OutboundError::Unusable { .. } | OutboundError::Inside { .. } => Self::Misconfigured {
                what: error.to_string(),
            },
        }
    }
}
