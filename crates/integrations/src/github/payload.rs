//! A delivery's body → what it says: the checks, the envelope, and which conversion an event needs.
//!
//! The signature was verified before; what the facts mean is decided elsewhere.

use std::borrow::Cow;

use domain::facts::{Observation, ObservedEvent};
use serde::de::DeserializeOwned;

use super::{
    convert::{self, Absent},
    people, protecting,
    wire::EnvelopeWire,
};
use crate::json;

/// Why a delivery of a known event cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// It nests too deep.
    #[error("{event}: {source}")]
    TooDeep {
        /// The event's name.
        event: String,
        /// The limit.
        source: json::TooDeep,
    },
    /// It is no JSON, or a field has another type than GitHub documents.
    #[error(
        "{event}: at `{path}`: {source}; compare the delivery with GitHub's documentation, then replay it"
    )]
    Unreadable {
        /// The event's name.
        event: String,
        /// Path of the field, for example `commits[3].author`.
        path: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A field that the fact cannot do without is missing, null or no time.
    #[error(
        "{event}: `{path}` is missing or unreadable; compare the delivery with GitHub's documentation, then replay it"
    )]
    Missing {
        /// The event's name.
        event: String,
        /// Path of the field.
        path: &'static str,
    },
}

/// What every delivery tells about itself, for lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The event's action.
    pub action: Option<String>,
    /// `owner/name`.
    pub repository: Option<String>,
}

/// The action and repository of any delivery, known event or not; what cannot be read is `None`.
pub fn outline(body: &[u8]) -> Outline {
    let read = json::prepared(body)
        .ok()
        .and_then(|body| serde_json::from_slice::<EnvelopeWire>(&body).ok());
    let Some(envelope) = read else {
        return Outline::default();
    };
    let repository = envelope.repository.and_then(|wire| {
        let fact = convert::repository(&wire);
        fact.map(|fact| fact.full_name()).or(wire.full_name)
    });
    Outline {
        action: envelope.action,
        repository,
    }
}

/// What a delivery says. `event` is the value of `X-GitHub-Event`; `None` for an event that Fairway does not use.
pub fn facts(event: &str, body: &[u8]) -> Result<Option<Observation>, PayloadError> {
    let Some(conversion) = conversion(event) else {
        return Ok(None);
    };
    let payload = Payload::open(event, body)?;
    let event = conversion(&payload)?;
    let repository = payload.envelope.repository.as_ref().and_then(convert::repository);
    if repository.is_none() && !matches!(event, ObservedEvent::Ping) {
        return Err(payload.missing("repository"));
    }
    let sender = payload.envelope.sender.as_ref().and_then(people::person);
    Ok(Some(Observation {
        repository,
        sender,
        event,
    }))
}

type Conversion = fn(&Payload<'_>) -> Result<ObservedEvent, PayloadError>;

/// How an event is read; `None` for one that Fairway does not use.
fn conversion(event: &str) -> Option<Conversion> {
    Some(match event {
        "ping" => |_| Ok(ObservedEvent::Ping),
        "repository" => {
            |payload| payload.read(|envelope, wire| Ok(convert::repository_change(envelope, wire)))
        }
        "push" => |payload| payload.read(convert::push),
        "pull_request" => |payload| payload.read(convert::pull_request_event),
        "deployment" => |payload| payload.read(convert::deployment),
        "deployment_protection_rule" => |payload| payload.read(protecting::protection_rule),
        "deployment_status" => |payload| payload.read(convert::deployment_status),
        "workflow_run" => |payload| payload.read(convert::workflow_run),
        "release" => |payload| payload.read(convert::release),
        _ => return None,
    })
}

/// A body that passed the checks, with what every payload has in common.
struct Payload<'a> {
    event: &'a str,
    body: Cow<'a, [u8]>,
    envelope: EnvelopeWire,
}

impl<'a> Payload<'a> {
    fn open(event: &'a str, body: &'a [u8]) -> Result<Self, PayloadError> {
        let body = json::prepared(body).map_err(|source| PayloadError::TooDeep {
            event: event.to_owned(),
            source,
        })?;
        let envelope = parse(event, &body)?;
        Ok(Self {
            event,
            body,
            envelope,
        })
    }

    fn missing(&self, path: Absent) -> PayloadError {
        PayloadError::Missing {
            event: self.event.to_owned(),
            path,
        }
    }

    /// Parses the body as the event's own type and converts it.
    fn read<W: DeserializeOwned>(
        &self,
        convert: fn(&EnvelopeWire, W) -> Result<ObservedEvent, Absent>,
    ) -> Result<ObservedEvent, PayloadError> {
        convert(&self.envelope, parse(self.event, &self.body)?).map_err(|path| self.missing(path))
    }
}

fn parse<W: DeserializeOwned>(event: &str, body: &[u8]) -> Result<W, PayloadError> {
    let mut parser = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| PayloadError::Unreadable {
        event: event.to_owned(),
        path: error.path().to_string(),
        source: error.into_inner(),
    })?;
    parser.end().map_err(|source| PayloadError::Unreadable {
        event: event.to_owned(),
        path: ".".to_owned(),
        source,
    })?;
    Ok(value)
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
