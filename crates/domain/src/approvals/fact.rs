//! Facts that policies look at. A fact may be unknown.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Something that is known, or the source that would have to say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T = FactValue> {
    /// It is known.
    Known(T),
    /// It is not.
    Unknown {
        /// Whose answer is missing, in words.
        missing: String,
    },
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Flag(bool),
    /// A number; a share is between 0 and 1.
    Number(f64),
    /// A word.
    Text(String),
}

/// What a fact's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Yes or no.
    Flag,
    /// A number.
    Number,
    /// A word.
    Text,
}

/// The facts that a condition can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FactName {
    /// Share of the error budget that is left, at most 1; below 0 once it is overdrawn.
    ErrorBudgetLeft,
    /// How many changes the release carries.
    Changes,
    /// What the deploy is for: `normal`, `hotfix`, `rollback`, `config` or `retry`.
    Kind,
    /// Whether every check of the commit is green.
    ChecksGreen,
    /// Critical findings of the scan.
    CriticalFindings,
    /// Whether the image is signed.
    Signed,
    /// Whether the image is named by its digest.
    Pinned,
    /// Whether the release succeeded in the environments before this one.
    SucceededUpstream,
    /// Open incidents of the service.
    OpenIncidents,
    /// What the Terraform plan destroys.
    TerraformDestroys,
}

impl FactName {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::ErrorBudgetLeft,
        Self::Changes,
        Self::Kind,
        Self::ChecksGreen,
        Self::CriticalFindings,
        Self::Signed,
        Self::Pinned,
        Self::SucceededUpstream,
        Self::OpenIncidents,
        Self::TerraformDestroys,
    ];

    /// The name as policies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ErrorBudgetLeft => "errorBudgetLeft",
            Self::Changes => "changes",
            Self::Kind => "kind",
            Self::ChecksGreen => "checksGreen",
            Self::CriticalFindings => "criticalFindings",
            Self::Signed => "signed",
            Self::Pinned => "pinned",
            Self::SucceededUpstream => "succeededUpstream",
            Self::OpenIncidents => "openIncidents",
            Self::TerraformDestroys => "terraformDestroys",
        }
    }

    /// The fact that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// What its values are.
    pub fn kind(self) -> FactKind {
        match self {
            Self::ErrorBudgetLeft
            | Self::Changes
            | Self::CriticalFindings
            | Self::OpenIncidents
            | Self::TerraformDestroys => FactKind::Number,
            Self::Kind => FactKind::Text,
            Self::ChecksGreen | Self::Signed | Self::Pinned | Self::SucceededUpstream => FactKind::Flag,
        }
    }

    /// Who would have to say it where nobody does.
    pub fn source(self) -> &'static str {
        match self {
            Self::ErrorBudgetLeft => "no service level objective is set",
            Self::Changes => "the commits of the release are not known",
            Self::Kind => "nobody said what the deploy is for",
            Self::ChecksGreen => "no check of the commit was reported",
            Self::CriticalFindings => "no scan was reported",
            Self::Signed => "no signature was reported",
            Self::Pinned => "no image was named",
            Self::SucceededUpstream => "no environment before this one is set",
            Self::OpenIncidents => "incidents were not read",
            Self::TerraformDestroys => "no Terraform plan was reported",
        }
    }
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known when a policy is asked. A fact that is not in it is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<FactName, Fact>);

impl Facts {
    /// The same with one more that is known.
    #[must_use]
    pub fn with(mut self, name: FactName, value: FactValue) -> Self {
        self.0.insert(name, Fact::Known(value));
        self
    }

    /// The same with one of which it is known who should say it and does not.
    #[must_use]
    pub fn without(mut self, name: FactName, missing: impl Into<String>) -> Self {
        let missing = missing.into();
        self.0.insert(name, Fact::Unknown { missing });
        self
    }

    /// Only what whoever asks has told: what Fairway finds by itself is found again.
    #[must_use]
    pub fn told(mut self) -> Self {
        for found in [FactName::Changes, FactName::ChecksGreen, FactName::OpenIncidents] {
            self.0.remove(&found);
        }
        self
    }

    /// The value, where it is known.
    pub fn value(&self, name: FactName) -> Option<&FactValue> {
        match self.0.get(&name) {
            Some(Fact::Known(value)) => Some(value),
            Some(Fact::Unknown { .. }) | None => None,
        }
    }

    /// Why it is not known; `None` where it is.
    pub fn missing(&self, name: FactName) -> Option<&str> {
        match self.0.get(&name) {
            Some(Fact::Known(_)) => None,
            Some(Fact::Unknown { missing }) => Some(missing),
            None => Some(name.source()),
        }
    }
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_by_whom() {
        let facts = Facts::default()
            .with(FactName::Signed, FactValue::Flag(true))
            .without(FactName::ErrorBudgetLeft, "Prometheus does not answer");
        assert_eq!(facts.missing(FactName::Signed), None);
        assert_eq!(
            facts.missing(FactName::ErrorBudgetLeft),
            Some("Prometheus does not answer")
        );
        assert_eq!(
            facts.missing(FactName::CriticalFindings),
            Some("no scan was reported")
        );
        let found = facts
            .clone()
            .with(FactName::OpenIncidents, FactValue::Number(1.0));
        assert_eq!(found.told(), facts);
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
    }

    #[test]
    fn names_read_back() {
        for name in FactName::ALL {
            assert_eq!(FactName::parse(name.as_str()), Some(name));
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
        }
    }
}
