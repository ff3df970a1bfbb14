//! Corrections: what a person says about a deploy that the events do not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DeployKind;
use crate::{
    audit::parse_reason,
    error::FieldErrors,
    ids::{CorrectionId, DeployId},
    moments::moment,
};

/// One statement about a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", content = "value", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Statement {
    /// It is of this kind.
    Kind(DeployKind),
    /// It counts nowhere.
    Exclude,
    /// This rollback was planned: what it replaced did not fail.
    Planned,
    /// Users saw it from then on.
    ExposedAt(DateTime<Utc>),
    /// Users never saw it.
    NeverExposed,
    /// It fixes that deploy, which therefore failed.
    Fixes(DeployId),
    /// It failed, or it did not, whatever the events say.
    Failed(bool),
}

impl Statement {
    /// Reads the two texts that a form, the API or a row holds.
    pub fn parse(field: &str, value: &str) -> Result<Self, FieldErrors> {
        let bad = |message: &str| FieldErrors::one("value", message);
        match field {
            "kind" => DeployKind::parse_stated(value)
                .map(Self::Kind)
                .ok_or_else(|| bad("choose one of normal, hotfix, rollback, config, retry")),
            "exclude" => Ok(Self::Exclude),
            "planned" => Ok(Self::Planned),
            "exposed" if value == "never" => Ok(Self::NeverExposed),
            "exposed" => DateTime::parse_from_rfc3339(value)
                .map(|at| Self::ExposedAt(at.to_utc()))
                .map_err(|_| bad("write `never` or a time such as 2026-11-03T14:05:00Z")),
            "fixes" => value
                .parse()
                .map(Self::Fixes)
                .map_err(|_| bad("give the id of the deploy that this one fixes")),
            "failed" => value
                .parse()
                .map(Self::Failed)
                .map_err(|_| bad("write `true` or `false`")),
            _ => Err(FieldErrors::one(
                "field",
                "choose one of kind, exclude, planned, exposed, fixes, failed",
            )),
        }
    }

    /// The two texts that a row holds.
    pub fn to_texts(&self) -> (&'static str, String) {
        match self {
            Self::Kind(kind) => ("kind", kind.as_str().to_owned()),
            Self::Exclude => ("exclude", "true".to_owned()),
            Self::Planned => ("planned", "true".to_owned()),
            Self::ExposedAt(at) => ("exposed", at.to_rfc3339()),
            Self::NeverExposed => ("exposed", "never".to_owned()),
            Self::Fixes(deploy) => ("fixes", deploy.to_string()),
            Self::Failed(failed) => ("failed", failed.to_string()),
        }
    }

    /// A sentence for the history of a deploy.
    pub fn sentence(&self) -> String {
        match self {
            Self::Kind(kind) => format!("reclassified as {}", kind.as_str()),
            Self::Exclude => "excluded from every figure".to_owned(),
            Self::Planned => "marked as a planned rollback".to_owned(),
            Self::ExposedAt(at) => format!("exposed at {}", moment(*at)),
            Self::NeverExposed => "never exposed to users".to_owned(),
            Self::Fixes(deploy) => format!("fixes deploy {deploy}"),
            Self::Failed(true) => "marked as failed".to_owned(),
            Self::Failed(false) => "marked as not failed".to_owned(),
        }
    }
}

/// A correction as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// Which deploy it is about.
    pub deploy: DeployId,
    /// What it says.
    pub statement: Statement,
    /// Why.
    pub reason: String,
    /// Who said it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Who took it back, and when.
    pub undone: Option<(String, DateTime<Utc>)>,
}

/// A correction as somebody sends it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCorrection {
    /// What it says.
    pub statement: Statement,
    /// Why, 3 to 2,000 characters.
    pub reason: String,
}

impl NewCorrection {
    /// Reads a form or a request body.
    pub fn parse(field: &str, value: &str, reason: &str) -> Result<Self, FieldErrors> {
        let reason = parse_reason(reason);
        match (Statement::parse(field, value.trim()), reason) {
            (Ok(statement), Ok(reason)) => Ok(Self { statement, reason }),
            (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => Err(errors),
            (Err(more), Err(mut errors)) => {
                errors.0.extend(more.0);
                Err(errors)
            }
        }
    }
}
