//! Environments: a name the organisation uses, and the class that rules and figures look at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ids::EnvironmentId, names};

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

    /// The words that name the class, compared without case. They are asked in the order [`Self::ASKED`].
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Production => &["production", "prod", "prd", "live"],
            Self::Staging => &[
                "staging",
                "stage",
                "stg",
                "uat",
                "acceptance",
                "qa",
                "preprod",
                "preproduction",
                "nonprod",
                "nonproduction",
            ],
            Self::Development => &[
                "development",
                "develop",
                "dev",
                "test",
                "tests",
                "testing",
                "tst",
                "sandbox",
                "demo",
                "playground",
                "local",
            ],
            Self::Preview => &["preview", "previews", "pr", "review", "ephemeral"],
        }
    }

    /// The order in which classes are looked for in a name. Production comes last: a name is production only when nothing
    /// in it says otherwise.
    pub const ASKED: [Self; 4] = [Self::Preview, Self::Staging, Self::Development, Self::Production];

    /// Words that take `production` back: `not production` and `prod copy` are staging.
    pub const TAKING_BACK: [&'static str; 11] = [
        "not", "non", "pre", "like", "copy", "clone", "mirror", "shadow", "fake", "mock", "backup",
    ];

    /// The default class of an environment name.
    ///
    /// The name is cut into words at everything that is neither a letter nor a digit; a number at the end of a word does
    /// not count. The first class of [`Self::ASKED`] that has one of the words is the name's; a production word beside
    /// one of [`Self::TAKING_BACK`] is staging. A name without any such word is development, and so is one with
    /// characters that cannot be seen: nothing counts as production until its name or a person says so.
    pub fn of_name(name: &str) -> Self {
        Self::named(name).unwrap_or(Self::Development)
    }

    /// Whether anything says that this is the class of an environment: a person (`by_hand`) or its name. Of one of which nothing does,
    /// figures count nothing as production, and whoever asks for approval there is asked about as if it were.
    pub fn is_said(self, by_hand: bool, name: &str) -> bool {
        by_hand || self != Self::Development || Self::named(name).is_some()
    }

    /// The class that a name says, if it says one.
    fn named(name: &str) -> Option<Self> {
        if names::is_written_out(name) || names::unseen(name).is_some() {
            return None;
        }
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
            .filter(|word| !word.is_empty())
            .collect();
        let any = |set: &[&str]| words.iter().any(|word| set.contains(word));
        let asked = Self::ASKED.into_iter().find(|class| any(class.words()));
        match asked {
            Some(Self::Production) if any(&Self::TAKING_BACK) => Some(Self::Staging),
            asked => asked,
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

/// An environment with how much it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentUse {
    /// The environment.
    pub environment: Environment,
    /// Services with a release that runs there.
    pub services: u64,
    /// When the newest deploy to it was asked for.
    pub last_deploy_at: Option<DateTime<Utc>>,
    /// Deployments to it that belong to no service yet.
    pub unmatched: u64,
}

/// Which environments a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentFilter {
    /// Only those of this class.
    pub class: Option<EnvironmentClass>,
    /// Only those whose name contains this.
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_to_classes() {
        use EnvironmentClass as C;
        for (name, class) in [
            ("production", C::Production),
            ("Prod", C::Production),
            ("prod-eu", C::Production),
            ("eu-prod", C::Production),
            ("eu-prod-1", C::Production),
            ("prod2", C::Production),
            ("production/eu-west-1", C::Production),
            ("orders-production", C::Production),
            ("live", C::Production),
            ("not production", C::Staging),
            ("non-production", C::Staging),
            ("non-prod", C::Staging),
            ("nonprod", C::Staging),
            ("pre-prod", C::Staging),
            ("preprod", C::Staging),
            ("prod-staging", C::Staging),
            ("prod-like", C::Staging),
            ("staging/eu", C::Staging),
            ("prod-test", C::Development),
            ("live demo", C::Development),
            ("preview-prod-pr-12", C::Preview),
            ("pr-12", C::Preview),
            ("pr12", C::Preview),
            ("dev", C::Development),
            ("product-demo", C::Development),
            ("reproduction", C::Development),
            ("github-pages", C::Development),
            ("prod\u{200b}", C::Development),
            ("prod⟨U+200B⟩", C::Development),
            ("\u{202e}prod", C::Development),
        ] {
            assert_eq!(EnvironmentClass::of_name(name), class, "{name}");
        }
    }

    #[test]
    fn a_name_without_a_word_of_a_class_says_none() {
        let said = |name: &str, by_hand| EnvironmentClass::of_name(name).is_said(by_hand, name);
        for name in [
            "produktion",
            "main",
            "www",
            "customers",
            "brand-new",
            "dev\u{200b}",
            "prod⟨U+200B⟩",
        ] {
            assert!(!said(name, false), "{name}");
            assert!(said(name, true), "{name}");
        }
        for name in ["dev", "test-2", "pr-12", "staging", "prod", "product-demo"] {
            assert!(said(name, false), "{name}");
        }
    }
}
