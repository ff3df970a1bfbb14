//! Rules of eligible people as documents write them.

use serde::{Deserialize, Serialize};

use super::{MOST_APPROVALS, MOST_ENTRIES, choose_from, name_of};
use crate::{
    access::Role,
    approvals::{Eligible, Rule},
    error::FieldErrors,
};

/// A rule as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::approvals) struct RawRule {
    name: String,
    any_of: Vec<RawEligible>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approvals: Option<u8>,
}

/// Exactly one of them.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEligible {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
}

impl RawRule {
    /// The rule as it is written.
    pub(in crate::approvals) fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name.clone(),
            any_of: rule.any_of.iter().map(RawEligible::of).collect(),
            required: rule.required,
            approvals: rule.required.then_some(rule.approvals),
        }
    }

    /// Reads rules, whose names differ.
    ///
    /// # Errors
    /// What is wrong with each field, from `spec.rules` on.
    pub(in crate::approvals) fn read_all(raw: Vec<Self>) -> Result<Vec<Rule>, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut rules: Vec<Rule> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let rule = raw.read(&format!("spec.rules[{index}]"), &mut errors);
            if rules.iter().any(|known| known.name == rule.name) {
                errors.add(
                    format!("spec.rules[{index}].name"),
                    "another rule has this name; write another",
                );
            }
            rules.push(rule);
        }
        errors.or(rules)
    }

    fn read(self, field: &str, errors: &mut FieldErrors) -> Rule {
        let approvals = self.approvals.unwrap_or(1);
        if !(1..=MOST_APPROVALS).contains(&approvals) {
            errors.add(
                format!("{field}.approvals"),
                format!("write 1 to {MOST_APPROVALS}"),
            );
        }
        if self.approvals.is_some() && !self.required {
            errors.add(
                format!("{field}.approvals"),
                "only a required rule asks for approvals of its own; write required: true, or leave it out",
            );
        }
        if !(1..=MOST_ENTRIES).contains(&self.any_of.len()) {
            errors.add(
                format!("{field}.anyOf"),
                format!("name 1 to {MOST_ENTRIES} roles, teams or users"),
            );
        }
        let mut any_of = Vec::new();
        for (index, raw) in self.any_of.into_iter().enumerate() {
            any_of.extend(raw.read(&format!("{field}.anyOf[{index}]"), errors));
        }
        Rule {
            name: name_of(&self.name, &format!("{field}.name"), errors),
            any_of,
            required: self.required,
            approvals,
        }
    }
}

impl RawEligible {
    fn of(eligible: &Eligible) -> Self {
        let mut raw = Self::default();
        match eligible {
            Eligible::Role(role) => raw.role = Some(role.as_str().to_owned()),
            Eligible::Team(slug) => raw.team = Some(slug.clone()),
            Eligible::User(name) => raw.user = Some(name.clone()),
        }
        raw
    }

    fn read(self, field: &str, errors: &mut FieldErrors) -> Option<Eligible> {
        let word = |text: String| Some(text.trim().to_lowercase()).filter(|word| !word.is_empty());
        let read = match (self.role, self.team, self.user) {
            (Some(role), None, None) => {
                let role = Role::parse(role.trim());
                if role.is_none() {
                    errors.add(format!("{field}.role"), choose_from(&Role::ALL.map(Role::as_str)));
                    return None;
                }
                role.map(Eligible::Role)
            }
            (None, Some(team), None) => word(team).map(Eligible::Team),
            (None, None, Some(user)) => word(user).map(Eligible::User),
            _ => None,
        };
        if read.is_none() {
            errors.add(field, "write exactly one of role, team or user");
        }
        read
    }
}
