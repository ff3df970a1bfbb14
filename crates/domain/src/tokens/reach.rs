//! Where a token may act: environments by name and by class.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    access::{Owned, Resource},
    environments::EnvironmentClass,
    error::FieldErrors,
    names,
};

/// More names than anyone limits one token to.
const MOST_NAMES: usize = 20;
/// The longest name; reports of deploys have the same bound.
const LONGEST_NAME: usize = 200;

/// The environments that a token is limited to; empty: to none, it acts everywhere its owner may.
///
/// A limited token acts in environments of one of the names or of one of the classes. What is about no environment, or about
/// the organisation as a whole, it may not do: what is not known is not within its reach. Reading is bounded by scopes alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Names, compared without case. One need not exist yet.
    pub environments: Vec<String>,
    /// Classes.
    pub classes: Vec<EnvironmentClass>,
}

impl Reach {
    /// Reads names between commas or on lines of their own, and ticked classes, as a form sends them.
    ///
    /// # Errors
    /// What is wrong, under `field` for the names and under `classes`.
    pub fn parse(field: &str, environments: &str, classes: &[&str]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut reach = Self::default();
        for name in environments.split([',', '\n']).map(str::trim) {
            let known = reach.environments.iter().any(|known| same(known, name));
            if name.is_empty() || known {
                continue;
            }
            if name.chars().count() > LONGEST_NAME {
                errors.add(field, format!("write names of at most {LONGEST_NAME} characters"));
            } else if let Some(hidden) = names::unseen(name) {
                errors.add(field, names::leave_out(hidden));
            }
            reach.environments.push(name.to_owned());
        }
        if reach.environments.is_empty() && !environments.trim().is_empty() {
            errors.add(
                field,
                "write names with commas between them, or leave it empty for everywhere",
            );
        }
        if reach.environments.len() > MOST_NAMES {
            errors.add(field, format!("name at most {MOST_NAMES}, or tick a class"));
        }
        let known: Option<Vec<EnvironmentClass>> = classes
            .iter()
            .map(|class| EnvironmentClass::parse(class))
            .collect();
        match known {
            Some(known) => reach.classes = known,
            None => errors.add("classes", "choose classes that environments have"),
        }
        errors.or(reach)
    }

    /// Whether it limits nothing.
    pub fn is_everywhere(&self) -> bool {
        self.environments.is_empty() && self.classes.is_empty()
    }

    /// Whether an act on something is within it.
    pub fn covers(&self, resource: &Resource) -> bool {
        if self.is_everywhere() {
            return true;
        }
        match resource {
            // Whoever may do it nowhere was told so by the scope; where it is done is asked again once that is known.
            Resource::Anything => true,
            Resource::Organisation => false,
            Resource::Owned(Owned {
                environment, class, ..
            }) => {
                let named = environment
                    .as_ref()
                    .is_some_and(|name| self.environments.iter().any(|known| same(known, name)));
                named || class.is_some_and(|class| self.classes.contains(&class))
            }
        }
    }
}

/// Environments are the same whose names differ in case only.
fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_everywhere() {
            return f.write_str("everywhere");
        }
        let names = self.environments.iter().map(String::as_str);
        let classes = self.classes.iter().map(|class| class.as_str());
        let words: Vec<String> = names
            .map(ToOwned::to_owned)
            .chain(classes.map(|class| format!("every {class}")))
            .collect();
        f.write_str(&words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(environment: &str, class: EnvironmentClass) -> Resource {
        Resource::Owned(Owned {
            environment: Some(environment.to_owned()),
            class: Some(class),
            ..Owned::default()
        })
    }

    #[test]
    fn names_and_classes_are_read_from_a_form() {
        let reach = Reach::parse("environments", " EU-Live, eu-live\nqa ,,", &["staging"]).unwrap();
        assert_eq!(reach.environments, ["EU-Live", "qa"]);
        assert_eq!(reach.classes, [EnvironmentClass::Staging]);
        assert_eq!(reach.to_string(), "EU-Live, qa, every staging");
        assert_eq!(Reach::parse("environments", " ", &[]).unwrap(), Reach::default());
        assert!(Reach::parse("environments", " ,, ", &["staging"]).is_err());
        let many: Vec<String> = (0..21).map(|number| format!("e{number}")).collect();
        for (names, classes) in [
            (many.join(","), vec![]),
            ("a\u{200b}b".to_owned(), vec![]),
            ("n".repeat(201), vec![]),
            (String::new(), vec!["moon"]),
        ] {
            assert!(Reach::parse("environments", &names, &classes).is_err(), "{names}");
        }
    }

    #[test]
    fn what_is_not_known_to_be_within_is_outside() {
        let staging = Reach::parse("environments", "EU-live", &["staging"]).unwrap();
        assert!(staging.covers(&at("qa", EnvironmentClass::Staging)));
        assert!(staging.covers(&at("eu-LIVE", EnvironmentClass::Production)));
        assert!(!staging.covers(&at("us-live", EnvironmentClass::Production)));
        assert!(!staging.covers(&Resource::Owned(Owned::default())));
        assert!(!staging.covers(&Resource::Organisation));
        assert!(staging.covers(&Resource::Anything));
        for resource in [Resource::Organisation, Resource::Owned(Owned::default())] {
            assert!(Reach::default().covers(&resource));
        }
    }
}
