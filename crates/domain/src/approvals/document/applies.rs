//! What a policy is about, as documents write it.

use serde::{Deserialize, Serialize};

use super::choose_from;
use crate::{
    approvals::{Applies, Risk},
    catalog::Tier,
    environments::EnvironmentClass,
    error::FieldErrors,
};

/// Lists of tiers, classes and risks; one that is left out names all.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Match {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    environments: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    risks: Vec<String>,
}

impl Match {
    pub(super) fn of(applies: &Applies) -> Self {
        let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        Self {
            tiers: applies.tiers.iter().map(|tier| tier.number()).collect(),
            environments: words(applies.classes.iter().map(|class| class.as_str()).collect()),
            risks: words(applies.risks.iter().map(|risk| risk.as_str()).collect()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tiers.is_empty() && self.environments.is_empty() && self.risks.is_empty()
    }

    pub(super) fn read(&self, errors: &mut FieldErrors) -> Applies {
        let mut applies = Applies::default();
        for (index, number) in self.tiers.iter().enumerate() {
            match Tier::try_from(*number) {
                Ok(tier) => applies.tiers.push(tier),
                Err(wrong) => errors.add(format!("spec.match.tiers[{index}]"), wrong.to_string()),
            }
        }
        for (index, word) in self.environments.iter().enumerate() {
            match EnvironmentClass::parse(word) {
                Some(class) => applies.classes.push(class),
                None => errors.add(
                    format!("spec.match.environments[{index}]"),
                    choose_from(&EnvironmentClass::ALL.map(EnvironmentClass::as_str)),
                ),
            }
        }
        for (index, word) in self.risks.iter().enumerate() {
            match Risk::parse(word) {
                Some(risk) => applies.risks.push(risk),
                None => errors.add(
                    format!("spec.match.risks[{index}]"),
                    choose_from(&Risk::ALL.map(Risk::as_str)),
                ),
            }
        }
        applies
    }
}
