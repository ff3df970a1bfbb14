//! The inbox of signed deliveries: identity, state and what is shown of each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::DeliveryId;

/// How far a delivery's processing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryStatus {
    /// Stored; its job has not finished.
    Received,
    /// Its facts are stored.
    Processed,
    /// Understood, and nothing that Fairway uses.
    Ignored,
    /// Every attempt failed; a person can replay it.
    Dead,
}

impl DeliveryStatus {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Received, Self::Processed, Self::Ignored, Self::Dead];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Processed => "processed",
            Self::Ignored => "ignored",
            Self::Dead => "dead",
        }
    }

    /// The state that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A verified delivery, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// `github`.
    pub source: String,
    /// The sender's id of the delivery, unchanged when it is sent again.
    pub delivery_id: String,
    /// The event's name.
    pub event: String,
    /// The body as signed.
    pub body: Vec<u8>,
}

/// A delivery as the admin list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Fairway's id.
    pub id: DeliveryId,
    /// When it was stored.
    pub received_at: DateTime<Utc>,
    /// Who sent it.
    pub source: String,
    /// The sender's id.
    pub delivery_id: String,
    /// The event's name.
    pub event: String,
    /// The event's action, once read.
    pub action: Option<String>,
    /// `owner/name`, once read.
    pub repository: Option<String>,
    /// How far it came.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was done.
    pub processed_at: Option<DateTime<Utc>>,
    /// Length of the body in bytes.
    pub size: i64,
}

/// Which deliveries a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub status: Option<DeliveryStatus>,
    /// Only those of this event.
    pub event: Option<String>,
    /// Only the one with this delivery id, or those whose repository's name contains this.
    pub text: Option<String>,
}
