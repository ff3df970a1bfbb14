//! The two ways in which a deploy is told of: somebody reports one, or asks Fairway to drive one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::request::{NewDrive, RawDrive};
use crate::{deploys::report::NewDeploy, error::FieldErrors, report::Checked};

/// Who carries a deploy through its phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeployMode {
    /// Somebody else, who reports how it goes.
    #[default]
    Observed,
    /// Fairway, from asking for it to confirmed or rolled back.
    Driven,
}

impl DeployMode {
    /// The mode that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "observed" => Some(Self::Observed),
            "driven" => Some(Self::Driven),
            _ => None,
        }
    }
}

/// A deploy of either mode, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeployToTell {
    /// One that is reported.
    Observed(Box<NewDeploy>),
    /// One that Fairway is to drive.
    Driven(Box<NewDrive>),
}

impl DeployToTell {
    /// Checks what was sent in the mode that it names, as of `now`.
    ///
    /// # Errors
    /// Everything that is wrong, field by field; what only a driven deploy has is not taken from an observed one.
    pub fn parse(mode: Option<String>, raw: RawDrive, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let is_named = mode.is_some();
        let mode = checked.word("mode", mode, DeployMode::parse, "observed, driven");
        match mode {
            Some(DeployMode::Driven) => NewDrive::parse(raw, now).map(|new| Self::Driven(Box::new(new))),
            // What a mode that nobody knows would take, nobody knows either.
            None if is_named => Err(checked.into_errors()),
            Some(DeployMode::Observed) | None => {
                for field in only_driven(&raw) {
                    checked.add(
                        field,
                        "leave it out: nobody decides about a deploy that is only reported; or send `mode` as `driven`",
                    );
                }
                let deploy = NewDeploy::parse(raw.deploy, now);
                let (deploy, ()) = FieldErrors::both(deploy, checked.or(()))?;
                Ok(Self::Observed(Box::new(deploy)))
            }
        }
    }
}

/// The fields that were sent and that only a driven deploy has.
fn only_driven(raw: &RawDrive) -> impl Iterator<Item = &'static str> {
    let given = [
        ("weights", !raw.weights.is_empty()),
        ("config", raw.config.is_some()),
        ("plan", raw.plan.is_some()),
        ("waivers", !raw.waivers.is_empty()),
        ("facts", !raw.facts.is_empty()),
    ];
    given
        .into_iter()
        .filter_map(|(field, is_given)| is_given.then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploys::{
        drive::request::RawFact,
        report::{RawDeploy, RawPhase},
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn raw() -> RawDrive {
        RawDrive {
            deploy: RawDeploy {
                service: "orders".into(),
                environment: "staging".into(),
                sha: Some("a".repeat(40)),
                ..RawDeploy::default()
            },
            ..RawDrive::default()
        }
    }

    fn told(mode: Option<&str>, raw: RawDrive) -> Result<DeployToTell, FieldErrors> {
        DeployToTell::parse(mode.map(str::to_owned), raw, now())
    }

    fn fields(wrong: &FieldErrors) -> Vec<&str> {
        wrong.0.iter().map(|error| error.field.as_str()).collect()
    }

    #[test]
    fn a_deploy_is_observed_unless_it_says_otherwise() {
        for mode in [None, Some("observed")] {
            assert!(
                matches!(told(mode, raw()), Ok(DeployToTell::Observed(_))),
                "{mode:?}"
            );
        }
        assert!(matches!(told(Some("driven"), raw()), Ok(DeployToTell::Driven(_))));
        let wrong = told(Some("steered"), raw()).unwrap_err();
        assert_eq!(fields(&wrong), ["mode"]);
    }

    #[test]
    fn each_mode_takes_its_own_fields_only() {
        let canary = RawDrive {
            weights: vec![5, 100],
            config: Some("c1".into()),
            facts: vec![RawFact::default()],
            ..raw()
        };
        let wrong = told(None, canary).unwrap_err();
        assert_eq!(fields(&wrong), ["weights", "config", "facts"]);
        assert!(
            wrong.0.iter().all(|error| error.message.contains("`driven`")),
            "{wrong:?}"
        );
        let mut reported = raw();
        reported.deploy.phases = vec![RawPhase {
            state: "succeeded".into(),
            ..RawPhase::default()
        }];
        assert!(told(None, reported.clone()).is_ok());
        let wrong = told(Some("driven"), reported).unwrap_err();
        assert_eq!(fields(&wrong), ["phases"]);
    }
}
