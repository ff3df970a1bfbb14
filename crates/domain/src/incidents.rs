//! Incidents, as far as figures need them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    error::FieldErrors,
    ids::{DeployId, IncidentId, ServiceId},
    report::Checked,
};

/// How bad an incident is: 1 is worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4))]
pub struct Severity(u8);

impl Severity {
    /// 1 to 4.
    pub fn new(value: u8) -> Option<Self> {
        (1..=4).contains(&value).then_some(Self(value))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Severity {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Self::new(value).ok_or("severity is a number from 1 (worst) to 4")
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.0
    }
}

/// An incident of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// `INC-<number>`.
    pub number: i64,
    /// The sender's identity of it.
    pub external_id: Option<String>,
    /// The service it is about.
    pub service: ServiceId,
    /// What is wrong, in a sentence.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// When it was noticed.
    pub detected_at: DateTime<Utc>,
    /// When somebody took it.
    pub triaged_at: Option<DateTime<Utc>>,
    /// When users no longer felt it.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where to read more.
    pub url: Option<String>,
    /// The deploys that are confirmed as its cause.
    pub caused_by: Vec<DeployId>,
}

impl Incident {
    /// Neither mitigated nor resolved.
    pub fn is_open(&self) -> bool {
        self.mitigated_at.is_none() && self.resolved_at.is_none()
    }
}

/// Which incidents a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Only those about the service of this slug.
    pub service: Option<String>,
    /// Only open ones, or only ones that are over.
    pub open: Option<bool>,
}

/// An incident as somebody sends it. Times are RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawIncident {
    /// Slug of the service.
    pub service: String,
    /// The sender's own identity: the same incident sent again updates it.
    pub external_id: Option<String>,
    /// What is wrong, in a sentence.
    pub title: String,
    /// 1 (worst) to 4.
    pub severity: Option<i64>,
    /// When it was noticed; now by default.
    pub detected_at: Option<String>,
    /// When somebody took it.
    pub triaged_at: Option<String>,
    /// When users no longer felt it.
    pub mitigated_at: Option<String>,
    /// When it was over.
    pub resolved_at: Option<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// Ids of the deploys that caused it; left out, what was said before stays.
    pub caused_by: Option<Vec<String>>,
}

/// An incident as reported, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIncident {
    /// Slug of the service.
    pub service: String,
    /// The sender's own identity.
    pub external_id: Option<String>,
    /// What is wrong.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// When it was noticed, where said.
    pub detected_at: Option<DateTime<Utc>>,
    /// When somebody took it, where said.
    pub triaged_at: Option<DateTime<Utc>>,
    /// When users no longer felt it, where said.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was over, where said.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where to read more.
    pub url: Option<String>,
    /// The deploys that caused it; `None` leaves what was said before.
    pub caused_by: Option<Vec<DeployId>>,
}

/// The most deploys that one incident may name.
const MAX_CAUSES: usize = 50;

impl NewIncident {
    /// Checks a report as of `now`.
    pub fn parse(raw: RawIncident, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let severity = raw
            .severity
            .and_then(|value| u8::try_from(value).ok())
            .and_then(Severity::new);
        if severity.is_none() {
            checked.add("severity", "give a number from 1 (worst) to 4");
        }
        let new = Self {
            service: checked.service("service", &raw.service),
            external_id: checked.name("external_id", raw.external_id, 200),
            title: checked.title("title", &raw.title, 300, "say what is wrong in a sentence"),
            severity: severity.unwrap_or(Severity(4)),
            detected_at: checked.time("detected_at", raw.detected_at),
            triaged_at: checked.time("triaged_at", raw.triaged_at),
            mitigated_at: checked.time("mitigated_at", raw.mitigated_at),
            resolved_at: checked.time("resolved_at", raw.resolved_at),
            url: checked.url("url", raw.url),
            caused_by: raw.caused_by.map(|ids| causes(&mut checked, ids)),
        };
        let said = [new.detected_at, new.triaged_at, new.mitigated_at, new.resolved_at];
        if let Err(errors) = in_order(said) {
            checked.extend(errors);
        }
        checked.or(new)
    }
}

/// The steps of an incident in the order in which they happen.
const STEPS: [&str; 4] = ["detected_at", "triaged_at", "mitigated_at", "resolved_at"];

/// Checks that of the times of [`STEPS`], as far as they are known, none is before one that comes before it. Each that is
/// names the latest time that it may not be before.
fn in_order(times: [Option<DateTime<Utc>>; 4]) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    let mut latest: Option<(DateTime<Utc>, &str)> = None;
    for (field, at) in STEPS.into_iter().zip(times) {
        let Some(at) = at else { continue };
        match latest {
            Some((before, step)) if at < before => {
                let bound = before.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                errors.add(field, format!("this cannot be before {step}, which is {bound}"));
            }
            _ => latest = Some((at, field)),
        }
    }
    errors.or(())
}

impl Incident {
    /// Checks that what this and earlier reports say together is in order.
    pub fn check_times(&self) -> Result<(), FieldErrors> {
        in_order([
            Some(self.detected_at),
            self.triaged_at,
            self.mitigated_at,
            self.resolved_at,
        ])
    }

    /// Checks that the cause at a place of the report may be one: users saw a deploy before it can have broken anything.
    pub fn check_cause(&self, place: usize, exposed_at: Option<DateTime<Utc>>) -> Result<(), FieldErrors> {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        match exposed_at.filter(|exposed| *exposed > self.detected_at) {
            Some(exposed) => Err(FieldErrors::one(
                format!("caused_by[{place}]"),
                format!(
                    "users saw this deploy at {}, after the incident was detected at {}, so it is not its cause; name \
                     another one, or correct the time that is wrong",
                    time(exposed),
                    time(self.detected_at)
                ),
            )),
            None => Ok(()),
        }
    }
}

fn causes(checked: &mut Checked, ids: Vec<String>) -> Vec<DeployId> {
    if ids.len() > MAX_CAUSES {
        checked.add("caused_by", format!("name at most {MAX_CAUSES} deploys"));
        return Vec::new();
    }
    ids.into_iter()
        .enumerate()
        .filter_map(|(index, id)| checked.id(&format!("caused_by[{index}]"), Some(id)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_checked_field_by_field() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let raw = RawIncident {
            service: "orders".into(),
            title: "Checkout is slow".into(),
            severity: Some(2),
            detected_at: Some("2026-09-01T10:00:00Z".into()),
            ..RawIncident::default()
        };
        assert!(NewIncident::parse(raw.clone(), now).is_ok());
        let wrong = RawIncident {
            severity: Some(9),
            resolved_at: Some("2026-09-01T09:00:00Z".into()),
            caused_by: Some(vec!["no".into()]),
            title: String::new(),
            ..raw
        };
        let errors = NewIncident::parse(wrong, now).unwrap_err();
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["severity", "title", "caused_by[0]", "resolved_at"]);
    }

    #[test]
    fn the_steps_of_an_incident_follow_each_other() {
        let at = |minute: i64| DateTime::from_timestamp(1_790_000_000 + minute * 60, 0);
        assert!(in_order([at(0), at(0), at(5), at(9)]).is_ok());
        assert!(in_order([at(0), None, at(5), None]).is_ok());
        let fields = |times| {
            let errors = in_order(times).unwrap_err().0;
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(
            fields([at(9), at(5), at(8), at(10)]),
            ["triaged_at", "mitigated_at"]
        );
        assert_eq!(fields([at(0), at(5), at(4), None]), ["mitigated_at"]);
        assert_eq!(fields([None, None, at(5), at(4)]), ["resolved_at"]);
    }
}
