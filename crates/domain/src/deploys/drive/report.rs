//! What an executor sends back about an order: raw input, and the checks that make it a report.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::inputs::{Outcome, Report};
use crate::{
    deploys::report::{NewPhase, RawPhase},
    error::FieldErrors,
    ids::DeployId,
    report::Checked,
};

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
    /// Whether the image was pulled from its registry.
    pub pulled: Option<bool>,
    /// The executor's own words.
    pub note: Option<String>,
    /// The number that the order came under.
    pub fence: Option<i64>,
}

/// A report, checked, with the key of the phase that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport {
    /// The key of the phase.
    pub key: String,
    /// What it says.
    pub report: Report,
    /// The number that the order came under, where the executor says it: what it does under an old one counts no more.
    pub fence: Option<i64>,
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
        if raw.fence.is_some_and(|fence| fence < 0) {
            checked.add("fence", "send the number of the order; it is never below 0");
        }
        let report = Report {
            outcome: outcome.unwrap_or(Outcome::Running),
            at: checked.time("at", raw.at).unwrap_or(now),
            exposed: raw.exposed,
            backup_id: checked.name("backup_id", raw.backup_id, 500),
            pulled: raw.pulled,
            note: checked.text("note", raw.note, 2000),
        };
        checked.or(Self {
            key,
            report,
            fence: raw.fence,
        })
    }
}

/// What is said of a deploy while it goes on, as somebody sends it: a phase of one that is observed, or by `key` what became of
/// an order of one that Fairway drives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawSaid {
    /// Where an observed deploy stands.
    pub state: Option<String>,
    /// Canary weight in percent, of an observed one.
    pub weight: Option<i64>,
    /// How an order stands.
    pub outcome: Option<String>,
    /// The rest, where the key is empty for an observed deploy.
    pub report: RawReport,
}

/// What is said of a deploy, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A phase of a deploy that is observed.
    Phase(NewPhase),
    /// What became of an order.
    Report(NewReport),
}

impl Said {
    /// Checks what is said of a deploy, as of `now`.
    ///
    /// # Errors
    /// Everything that is wrong, field by field; fields of the other kind are not taken.
    pub fn parse(raw: RawSaid, of: DeployId, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let RawSaid {
            state,
            weight,
            outcome,
            report,
        } = raw;
        if report.key.is_empty() {
            let given = [
                ("outcome", outcome.is_some()),
                ("backup_id", report.backup_id.is_some()),
                ("pulled", report.pulled.is_some()),
                ("fence", report.fence.is_some()),
            ];
            refuse(
                &mut checked,
                given,
                "leave it out, or send the `key` that the order named",
            );
            if state.is_none() {
                checked.add(
                    "state",
                    "say where the deploy stands, or send the `key` that an order named",
                );
            }
            let phase = RawPhase {
                state: state.unwrap_or_else(|| "deploy".to_owned()),
                at: report.at,
                exposed: report.exposed,
                weight,
                note: report.note,
            };
            let both = FieldErrors::both(NewPhase::parse(phase, now), checked.or(()));
            return both.map(|(phase, ())| Self::Phase(phase));
        }
        let given = [("state", state.is_some()), ("weight", weight.is_some())];
        refuse(&mut checked, given, "leave it out: an order's `key` says it");
        if !report.key.trim().starts_with(&format!("{of}:")) {
            checked.add(
                "key",
                "send it to the deploy that the order named; this key is of another one",
            );
        }
        let raw = RawReport {
            outcome: outcome.unwrap_or_default(),
            ..report
        };
        let both = FieldErrors::both(NewReport::parse(raw, now), checked.or(()));
        both.map(|(report, ())| Self::Report(report))
    }
}

fn refuse<const N: usize>(checked: &mut Checked, given: [(&str, bool); N], why: &str) {
    for (field, is_given) in given {
        if is_given {
            checked.add(field, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_tells_a_report_from_a_phase() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let deploy = DeployId(Uuid::from_u128(7));
        let said = |raw: RawSaid| Said::parse(raw, deploy, now);
        let phase = RawSaid {
            state: Some("verify".into()),
            weight: Some(5),
            ..RawSaid::default()
        };
        assert!(matches!(said(phase.clone()), Ok(Said::Phase(_))));
        let report = RawSaid {
            outcome: Some("succeeded".into()),
            report: RawReport {
                key: format!("{deploy}:deploy:0.0"),
                fence: Some(3),
                ..RawReport::default()
            },
            ..RawSaid::default()
        };
        let Ok(Said::Report(new)) = said(report.clone()) else {
            panic!()
        };
        assert_eq!((new.report.outcome, new.fence), (Outcome::Succeeded, Some(3)));
        let fields = |raw: RawSaid| {
            let wrong = said(raw).unwrap_err().0;
            wrong.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(RawSaid::default()), ["state"]);
        let mixed = RawSaid {
            outcome: Some("failed".into()),
            ..phase
        };
        assert_eq!(fields(mixed), ["outcome"]);
        let mut elsewhere = report;
        elsewhere.state = Some("verify".into());
        elsewhere.report.key = format!("{}:deploy:0.0", Uuid::from_u128(8));
        assert_eq!(fields(elsewhere), ["state", "key"]);
    }

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
