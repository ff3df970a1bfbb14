//! Signing in by a provider: what it says of somebody, and which of its groups have which roles.

use serde::{Deserialize, Serialize};

use crate::{
    access::{Grant, NewGrant},
    error::FieldErrors,
    ids::SignInRuleId,
};

/// Providers name hundreds of groups for people in large companies; what is more is no list of groups.
const MOST_GROUPS: usize = 2000;
/// The longest name of a group, and of what stands in a table.
const LONGEST: usize = 255;

/// A way in beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// OpenID Connect.
    Oidc,
    /// GitHub's OAuth.
    Github,
}

impl Way {
    /// All.
    pub const ALL: [Self; 2] = [Self::Oidc, Self::Github];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Github => "github",
        }
    }

    /// The way that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == text)
    }
}

/// The key of an identity at an OpenID provider: issuer and subject. An issuer is an address and holds no space, so no two
/// pairs give one key.
pub fn identity_of(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

/// Somebody as a provider knows them. Nothing of it gives a right by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outsider {
    /// Who says so.
    pub way: Way,
    /// What they are known by: never an e-mail, a login or a name, which all can change hands.
    pub subject: String,
    /// What is shown of the identity.
    pub label: String,
    /// Their name.
    pub name: String,
    /// An e-mail, proved or not.
    pub email: Option<String>,
    /// E-mails that the provider says are proved, in lower case.
    pub verified: Vec<String>,
    /// Groups that the provider names.
    pub groups: Vec<String>,
}

impl Outsider {
    /// The same with texts that can be stored and shown.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.label = shown(&self.label);
        self.name = shown(&self.name);
        self.verified = self
            .verified
            .iter()
            .map(|email| crate::people::normal_email(email))
            .collect();
        self.groups.retain(|group| is_group(group));
        self.groups.sort_unstable();
        self.groups.dedup();
        self.groups.truncate(MOST_GROUPS);
        self
    }
}

/// At most so many characters, none of which controls anything; as long as a person's name may be.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(100)
        .collect()
}

fn is_group(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

/// Whoever is in a group of a provider has a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRule {
    /// Which rule.
    pub id: SignInRuleId,
    /// Whose group.
    pub way: Way,
    /// The group: a value of the groups claim; at GitHub `organisation` or `organisation/team`.
    pub group: String,
    /// What its people may do; the id is the rule's.
    pub grant: Grant,
}

/// A rule to make, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignInRule {
    /// Whose group.
    pub way: Way,
    /// The group.
    pub group: String,
    /// What its people may do.
    pub grant: NewGrant,
}

impl NewSignInRule {
    /// Reads a rule as a form sends it.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(way: &str, group: &str, grant: Result<NewGrant, FieldErrors>) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let known = Way::parse(way);
        if known.is_none() {
            errors.add("way", "choose whose group it is");
        }
        let group = group.trim();
        let group = match known {
            Some(Way::Github) => github_group(group),
            _ => Some(group.to_owned()).filter(|group| is_group(group)),
        };
        if group.is_none() {
            errors.add(
                "group",
                "write the group's name as the provider writes it; at GitHub organisation, or organisation/team",
            );
        }
        let grant = errors.with(grant)?;
        Ok(Self {
            way: known.unwrap_or(Way::Oidc),
            group: group.unwrap_or_default(),
            grant,
        })
    }
}

/// `organisation` or `organisation/team`, in lower case as GitHub compares them.
fn github_group(text: &str) -> Option<String> {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
    };
    let fits = text.len() <= LONGEST
        && match text.split_once('/') {
            None => is_name(text),
            Some((organisation, team)) => is_name(organisation) && is_name(team),
        };
    fits.then(|| text.to_ascii_lowercase())
}

/// An identity that somebody owns, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `github`, `oidc` or `email`.
    pub provider: String,
    /// What they are known by there.
    pub subject: String,
    /// What is shown: a login, an address.
    pub label: String,
    /// Groups that the provider named last.
    pub groups: Vec<String>,
}

/// An author of commits whom nobody is mapped to, with who it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmappedAuthor {
    /// The e-mail that git wrote.
    pub email: String,
    /// The name that git wrote last.
    pub name: Option<String>,
    /// Commits.
    pub commits: i64,
    /// Somebody whose account has this e-mail, or else the same name. A suggestion only: neither is proof.
    pub suggestion: Option<(crate::ids::PersonId, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    #[test]
    fn two_identities_are_never_one() {
        let key = identity_of("https://a.example", "x y");
        assert_eq!(key.split_once(' '), Some(("https://a.example", "x y")));
    }

    #[test]
    fn what_a_provider_says_is_bounded() {
        let who = Outsider {
            way: Way::Oidc,
            subject: "1".into(),
            label: "a\u{0}b".into(),
            name: "n".repeat(500),
            email: None,
            verified: vec!["Ada@Example.com".into()],
            groups: vec![
                "b".into(),
                "a".into(),
                "b".into(),
                String::new(),
                "x\u{7}".into(),
                "y".repeat(300),
            ],
        }
        .bounded();
        assert_eq!((who.label.as_str(), who.name.len()), ("ab", 100));
        assert_eq!(who.groups, ["a", "b"]);
        assert_eq!(who.verified, ["ada@example.com"]);
    }

    #[test]
    fn a_rule_names_a_group() {
        let role = || Ok(NewGrant::whole(Role::Viewer));
        let of = |way, group| NewSignInRule::parse(way, group, role()).map(|rule| rule.group);
        assert_eq!(of("oidc", " Platform Team ").unwrap(), "Platform Team");
        assert_eq!(of("github", "Acme/Pay").unwrap(), "acme/pay");
        assert_eq!(of("github", "acme").unwrap(), "acme");
        for wrong in ["", "/pay", "acme/", "a/b/c", "acme pay", "../x"] {
            assert!(of("github", wrong).is_err(), "{wrong}");
        }
        assert!(of("oidc", " ").is_err() && of("saml", "x").is_err());
        let both = NewSignInRule::parse("", "", NewGrant::parse("king", "", &[], &[])).unwrap_err();
        assert_eq!(both.0.len(), 3);
    }
}
