//! Service accounts: CI and other programs, bounded by a role as people are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Grant, Role},
    error::FieldErrors,
    ids::{GrantId, ServiceAccountId},
    names,
    people::TeamRef,
};

/// The longest name; it stands in tables and in the audit trail.
const LONGEST_NAME: usize = 60;
/// A sentence or two.
const LONGEST_ABOUT: usize = 300;

/// The account of a program. Nobody signs in as it: it has tokens only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Which.
    pub id: ServiceAccountId,
    /// Its name, unlike every other's without regard to case.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What its tokens may at most.
    pub role: Role,
    /// Only for what this team owns; `None`: for the whole organisation.
    pub team: Option<TeamRef>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when none of its tokens works.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl ServiceAccount {
    /// The roles that one may have: what only people decide, no token ever may.
    pub const ROLES: [Role; 3] = [Role::Viewer, Role::Developer, Role::Operator];

    /// What its role is as a grant, for the one rule of access.
    pub fn grant(&self) -> Grant {
        Grant {
            id: GrantId(self.id.0),
            role: self.role,
            team: self.team.clone(),
            tiers: Vec::new(),
            classes: Vec::new(),
        }
    }
}

/// A service account to make, checked; the team is named by its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewServiceAccount {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What its tokens may at most.
    pub role: Role,
    /// Slug of the team; `None`: for the whole organisation.
    pub team: Option<String>,
}

impl NewServiceAccount {
    /// Reads a service account as a form sends it.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(name: &str, about: &str, role: &str, team: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let (name, about) = (name.trim(), about.trim());
        if name.is_empty() {
            errors.add("name", "say what the account is called, for example `shop-ci`");
        } else if name.chars().count() > LONGEST_NAME {
            errors.add("name", format!("write at most {LONGEST_NAME} characters"));
        } else if let Some(hidden) = names::unseen(name) {
            errors.add("name", names::leave_out(hidden));
        }
        if about.chars().count() > LONGEST_ABOUT {
            errors.add("about", format!("write at most {LONGEST_ABOUT} characters"));
        } else if let Some(hidden) = names::unseen_in_title(about) {
            errors.add("about", names::leave_out(hidden));
        }
        let role = Role::parse(role).filter(|role| ServiceAccount::ROLES.contains(role));
        if role.is_none() {
            let known = ServiceAccount::ROLES.map(Role::as_str).join(", ");
            errors.add("role", format!("choose from {known}"));
        }
        errors.or(Self {
            name: name.to_owned(),
            about: about.to_owned(),
            role: role.unwrap_or(Role::Viewer),
            team: Some(team.trim().to_owned()).filter(|team| !team.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_checked_field_by_field() {
        let new = NewServiceAccount::parse(" shop-ci ", "", "developer", " ").unwrap();
        assert_eq!(
            (new.name.as_str(), new.role, new.team),
            ("shop-ci", Role::Developer, None)
        );
        let wrong = NewServiceAccount::parse("", "a\u{202e}b", "admin", "").unwrap_err();
        let fields: Vec<String> = wrong.0.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "about", "role"]);
    }
}
