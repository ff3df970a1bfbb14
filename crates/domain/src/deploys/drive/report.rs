//! What an executor sends back about an order: raw input, and the checks that make it a report.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::inputs::{Outcome, Report};
use crate::{error::FieldErrors, report::Checked};

/// A report as an executor sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawReport {
    /// The key of the phase, as the order named it.
    pub key: String,
    /// `running succeeded failed`.
    pub outcome: String,
    /// Since when; now by default.
    pub at: Option<String>,
    /// Whether users were exposed.
    pub exposed: Option<bool>,
    /// Id of the database's backup.
    pub backup_id: Option<String>,
    /// The executor's own words.
    pub note: Option<String>,
}

/// A report, checked, with the key of the phase that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport {
    /// The key of the phase.
    pub key: String,
    /// What it says.
    pub report: Report,
}

impl NewReport {
    /// Checks a report as of `now`.
    ///
    /// # Errors
    /// Everything that is wrong, field by field.
    pub fn parse(raw: RawReport, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let key = checked.named(
            "key",
            &raw.key,
            200,
            "send the key of the phase that the order named",
        );
        let outcome = checked.word(
            "outcome",
            Some(raw.outcome),
            Outcome::parse,
            "running, succeeded, failed",
        );
        let report = Report {
            outcome: outcome.unwrap_or(Outcome::Running),
            at: checked.time("at", raw.at).unwrap_or(now),
            exposed: raw.exposed,
            backup_id: checked.name("backup_id", raw.backup_id, 500),
            note: checked.text("note", raw.note, 2000),
        };
        checked.or(Self { key, report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_what_is_wrong_is_named() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let raw = RawReport {
            key: "k".into(),
            outcome: "succeeded".into(),
            ..RawReport::default()
        };
        let new = NewReport::parse(raw, now).unwrap();
        assert_eq!((new.report.outcome, new.report.at), (Outcome::Succeeded, now));
        let errors = NewReport::parse(RawReport::default(), now).unwrap_err();
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["key", "outcome"]);
    }
}
