//! People and bots, as far as lists and figures need them; and the accounts of those who sign in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    access::Grant,
    error::FieldErrors,
    ids::{PersonId, TeamId},
    names,
};

/// A person or bot, short enough for a table cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRef {
    /// Who, where the author is mapped to a person; `None` for a name that git alone knows.
    pub id: Option<PersonId>,
    /// What they are called; of whom GitHub alone knows, the login there, or the name that git knows.
    pub name: String,
    /// Whether it is a bot.
    pub is_bot: bool,
}

/// A team, short enough for a table cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamRef {
    /// Which team.
    pub id: TeamId,
    /// Its slug: the Group's name.
    pub slug: String,
    /// Its title.
    pub title: String,
}

/// A team as the list of teams shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamSummary {
    /// Which team.
    #[serde(flatten)]
    pub team: TeamRef,
    /// What it does, where its Group says so.
    pub description: Option<String>,
    /// Whether a Group of the catalog declares it; otherwise it is only named as an owner.
    pub declared: bool,
    /// Services that it owns now.
    pub services: u64,
    /// People that its Group or its team at GitHub lists.
    pub members: u64,
}

/// Somebody who belongs to a team, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// Name to show.
    pub name: String,
    /// Namespace and name of the User of the catalog, where there is one.
    pub entity: Option<(String, String)>,
    /// Login at GitHub, where it is known.
    pub login: Option<String>,
    /// Whether the catalog names them.
    pub in_catalog: bool,
    /// The team at GitHub that lists them: `organisation/team`.
    pub github_team: Option<String>,
}

/// Which teams a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamFilter {
    /// Words that must all stand in title, slug or description.
    pub text: Option<String>,
}

/// The longest name of a person; it stands in tables and in the audit trail.
const MAX_NAME: usize = 100;
/// The longest address that mail servers take (RFC 5321).
const MAX_EMAIL: usize = 254;

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Yes.
    Active,
    /// Not before the invitation is accepted.
    Invited,
    /// No more.
    Disabled,
}

/// Someone with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they sign in with, in lower case.
    pub email: String,
    /// Whether they can sign in.
    pub state: AccountState,
    /// Whether a code is asked for beside the password.
    pub has_totp: bool,
    /// What they may do.
    pub grants: Vec<Grant>,
    /// When they were last seen in a session that is not over.
    pub seen_at: Option<DateTime<Utc>>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// Nobody could give roles any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is the last admin. Make somebody else one for the whole organisation first.")]
pub struct LastAdmin(String);

impl Account {
    /// Whether this is one of the people who can give roles.
    pub fn is_admin(&self) -> bool {
        self.state == AccountState::Active && self.grants.iter().any(Grant::makes_admin)
    }

    /// Whether this person can cease to be an admin, where so many are left then.
    ///
    /// # Errors
    /// Where nobody is left who can give roles.
    pub fn may_go(&self, admins_left: i64) -> Result<(), LastAdmin> {
        if self.is_admin() && admins_left <= 0 {
            return Err(LastAdmin(self.name.clone()));
        }
        Ok(())
    }
}

/// Name and e-mail of someone who gets an account, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Their name.
    pub name: String,
    /// What they sign in with, in lower case.
    pub email: String,
}

impl NewAccount {
    /// Checks name and e-mail as somebody typed them.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(name: &str, email: &str) -> Result<Self, FieldErrors> {
        let (name, email) = (name.trim(), normal_email(email));
        let mut errors = FieldErrors::new();
        if name.is_empty() || name.chars().count() > MAX_NAME || names::unseen(name).is_some() {
            errors.add("name", format!("write a name of 1 to {MAX_NAME} characters"));
        }
        if !is_email(&email) {
            errors.add("email", "write an e-mail address, for example ada@example.com");
        }
        errors.or(Self {
            name: name.to_owned(),
            email,
        })
    }
}

/// An e-mail address as it is stored and compared.
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether a text has the form of an address. Whether somebody reads mail there is not said.
fn is_email(text: &str) -> bool {
    let clean = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| !letter.is_whitespace() && !letter.is_control())
    };
    text.len() <= MAX_EMAIL
        && text
            .split_once('@')
            .is_some_and(|(name, host)| clean(name) && clean(host) && !host.contains('@'))
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// SHA-256 of its id, in hex: names it and opens nothing.
    pub key: String,
    /// What the browser said it is.
    pub device: String,
    /// Where it was last used from.
    pub address: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
}

/// What a single-use link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes the first admin, while there is none.
    SetUp,
    /// Makes an admin, whoever else there is: asked for on the server.
    Recovery,
    /// Lets an invited person choose a password.
    Invitation,
    /// Signs a person of the demo in.
    SignIn,
}

impl LinkPurpose {
    /// All.
    pub const ALL: [Self; 4] = [Self::SetUp, Self::Recovery, Self::Invitation, Self::SignIn];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Recovery => "recovery",
            Self::Invitation => "invitation",
            Self::SignIn => "sign_in",
        }
    }

    /// The purpose that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// How long it works: what stands in a terminal is used at once, an invitation is read in days.
    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::SetUp | Self::Recovery => TimeDelta::hours(1),
            Self::Invitation => TimeDelta::days(3),
            Self::SignIn => TimeDelta::minutes(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_needs_a_name_and_an_address() {
        let new = NewAccount::parse(" Ada Lovelace ", " Ada@Example.COM ").unwrap();
        assert_eq!(
            (new.name.as_str(), new.email.as_str()),
            ("Ada Lovelace", "ada@example.com")
        );
        let fields = |name, email| -> Vec<String> {
            let errors = NewAccount::parse(name, email).unwrap_err();
            errors.0.into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields("", "ada"), ["name", "email"]);
        for wrong in ["@x", "a@", "a b@x", "a@b@c", "a\u{0}@x"] {
            assert_eq!(fields("Ada", wrong), ["email"], "{wrong}");
        }
        assert_eq!(fields("a\u{0}", "a@b"), ["name"]);
        assert_eq!(fields("Ada", &format!("{}@x", "a".repeat(260))), ["email"]);
    }

    #[test]
    fn purposes_are_read_as_they_are_written() {
        for purpose in LinkPurpose::ALL {
            assert_eq!(LinkPurpose::parse(purpose.as_str()), Some(purpose));
        }
        assert_eq!(LinkPurpose::parse("any"), None);
    }
}
