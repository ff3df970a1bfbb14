//! Environments: a name the organisation uses, and the class that rules and figures look at.

use serde::{Deserialize, Serialize};

use crate::ids::EnvironmentId;

/// What an environment is for. Never called a tier: tier is a service's criticality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EnvironmentClass {
    /// Real users.
    Production,
    /// The last stop before production.
    Staging,
    /// Shared development.
    Development,
    /// One per pull request.
    Preview,
}

impl EnvironmentClass {
    /// All classes, most important first.
    pub const ALL: [Self; 4] = [Self::Production, Self::Staging, Self::Development, Self::Preview];

    /// The stored and displayed word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Preview => "preview",
        }
    }

    /// The class that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// The default class of an environment name, by the usual words in it; unknown names are development, so that
    /// nothing counts as production until somebody says so.
    ///
    /// The name is cut into words at anything that is not a letter or digit; the first word that says something wins,
    /// and `preview` wins over all (`preview-prod-pr-12` is a preview).
    pub fn of_name(name: &str) -> Self {
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let any = |set: &[&str]| words.iter().any(|word| set.contains(word));
        if any(&["preview", "previews", "pr", "review", "ephemeral"]) {
            Self::Preview
        } else if any(&[
            "staging",
            "stage",
            "stg",
            "preprod",
            "uat",
            "acceptance",
            "qa",
            "canary-staging",
        ]) || (any(&["pre", "non"]) && any(&["prod", "production"]))
        {
            Self::Staging
        } else if any(&["production", "prod", "prd", "live"]) {
            Self::Production
        } else {
            Self::Development
        }
    }
}

/// A named environment of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// The name as first seen; compared case-insensitively.
    pub name: String,
    /// What it is for.
    pub class: EnvironmentClass,
    /// Whether a person chose the class; otherwise it comes from the name.
    pub class_by_hand: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_to_classes() {
        for (name, class) in [
            ("production", EnvironmentClass::Production),
            ("Prod", EnvironmentClass::Production),
            ("eu-prod-1", EnvironmentClass::Production),
            ("live", EnvironmentClass::Production),
            ("non-prod", EnvironmentClass::Staging),
            ("preprod", EnvironmentClass::Staging),
            ("staging/eu", EnvironmentClass::Staging),
            ("preview-prod-pr-12", EnvironmentClass::Preview),
            ("pr-12", EnvironmentClass::Preview),
            ("dev", EnvironmentClass::Development),
            ("product-demo", EnvironmentClass::Development),
            ("github-pages", EnvironmentClass::Development),
        ] {
            assert_eq!(EnvironmentClass::of_name(name), class, "{name}");
        }
    }
}
