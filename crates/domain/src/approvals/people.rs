//! Four eyes: who has a part in a release, and who therefore must not decide about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{access::Grant, actor::Viewer, ids::PersonId};

/// Somebody who could decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// Who: the row that is left where several turned out to be one person.
    pub person: PersonId,
    /// What people call them.
    pub name: String,
    /// What was granted to them; empty where they cannot sign in.
    pub grants: Vec<Grant>,
    /// E-mails and logins that name them in policies, in lower case.
    pub names: Vec<String>,
    /// Whether it is known who they are at GitHub. Of whom it is not, they may be anybody there.
    pub has_github: bool,
}

impl Decider {
    /// The same person as whoever looks.
    pub fn viewer(&self) -> Viewer {
        Viewer::person(self.person, self.name.clone(), self.grants.clone())
    }
}

/// Which part somebody has in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// They asked for the deploy.
    Initiator,
    /// They wrote some of it.
    Author,
}

impl Part {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Author => "author",
        }
    }

    /// What somebody with this part did.
    fn deed(self) -> &'static str {
        match self {
            Self::Initiator => "asked for this deploy",
            Self::Author => "wrote a change of this release",
        }
    }

    /// The part that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Initiator, Self::Author]
            .into_iter()
            .find(|part| part.as_str() == text)
    }
}

/// Who has a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Involved {
    /// Somebody known.
    Person {
        /// Who: the row that is left where several turned out to be one person.
        id: PersonId,
        /// Whether they have an account here. Who has none is known by GitHub alone, and may have another account.
        has_account: bool,
    },
    /// A program, a bot or the clock.
    Machine,
    /// Nobody knows who.
    Unmapped,
}

impl Involved {
    /// The stored word, and the person where it is one.
    pub fn columns(self) -> (&'static str, Option<PersonId>) {
        match self {
            Self::Person { id, .. } => ("person", Some(id)),
            Self::Machine => ("machine", None),
            Self::Unmapped => ("unmapped", None),
        }
    }

    /// The same from where it is stored; `None` where that says nothing.
    pub fn of_columns(who: &str, person: Option<PersonId>, has_account: bool) -> Option<Self> {
        match (who, person) {
            ("person", Some(id)) => Some(Self::Person { id, has_account }),
            ("machine", None) => Some(Self::Machine),
            ("unmapped", None) => Some(Self::Unmapped),
            _ => None,
        }
    }
}

/// Somebody with a part in a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Which part.
    pub part: Part,
    /// Who.
    pub who: Involved,
    /// What they are called where they came from.
    pub name: String,
}

/// Everybody with a part once, and of programs only the last where nobody else has one: they keep nobody from deciding.
pub fn each_party(all: Vec<Party>) -> Vec<Party> {
    let (machines, others): (Vec<Party>, Vec<Party>) =
        all.into_iter().partition(|party| party.who == Involved::Machine);
    if others.is_empty() {
        return machines.into_iter().next_back().into_iter().collect();
    }
    let mut each: Vec<Party> = Vec::with_capacity(others.len());
    for party in others {
        if !each.iter().any(|known| known.is_same(&party)) {
            each.push(party);
        }
    }
    each
}

/// Whether some of these asked whom nobody knows: they may be anybody, so that nobody can decide.
pub fn has_stranger(parties: &[Party]) -> bool {
    let mut initiators = parties.iter().filter(|party| party.part == Part::Initiator);
    initiators.any(|party| party.who == Involved::Unmapped)
}

/// Begins the name of somebody who wrote what is not known, and ends that of who wrote what is not read: a request keeps names as
/// they were when it was opened.
const UNKNOWN: &str = "Somebody (";
const UNREAD: &str = " not read yet,";

/// Why somebody must not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// They have that part.
    Has(Part),
    /// They may have: this is somebody at GitHub, and who they are there is not known.
    MayHave(Part, String),
    /// They may have: nobody knows who this is.
    Unmapped(Part, String),
    /// They may have written some of it: what was written was not read.
    Unread(String),
}

impl Exclusion {
    /// Who did what: "An author of #257, whose commits are not read yet, wrote a change of this release".
    pub(super) fn deed(&self) -> String {
        let (name, part) = match self {
            Self::Has(part) => ("Whoever decides", *part),
            Self::MayHave(part, name) | Self::Unmapped(part, name) => (name.as_str(), *part),
            Self::Unread(name) => (name.as_str(), Part::Author),
        };
        format!("{name} {}", part.deed())
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Has(Part::Initiator) => {
                f.write_str("You asked for this deploy; another approver must decide.")
            }
            Self::Has(Part::Author) => {
                f.write_str("This release carries a change of yours; another approver must decide.")
            }
            Self::MayHave(..) => write!(
                f,
                "{}, and Fairway cannot tell that this is not you. Connect your account with GitHub, or let another approver decide.",
                self.deed()
            ),
            Self::Unmapped(..) => write!(
                f,
                "{}, and nobody knows who that is: it may be you. Ask an admin to say whose it is, and ask for the deploy \
                 again when this request is over.",
                self.deed()
            ),
            Self::Unread(_) => write!(
                f,
                "{}, and it may be you: Fairway has not read all that it changes. Ask an operator to look at Integrations, \
                 and ask for the deploy again, by its commit, when this request is over.",
                self.deed()
            ),
        }
    }
}

impl Party {
    /// Somebody who wrote some of a release, and whom nobody knows.
    pub fn unmapped_author(name: String) -> Self {
        Self {
            part: Part::Author,
            who: Involved::Unmapped,
            name,
        }
    }

    /// Somebody who wrote what is not known, and why it is not.
    pub fn unknown_author(why: &str) -> Self {
        Self::unmapped_author(format!("{UNKNOWN}{why})"))
    }

    /// Somebody who wrote what is not read yet: "An author of #257, whose commits are".
    pub fn unread_author(what: &str) -> Self {
        Self::unmapped_author(format!("{what}{UNREAD}"))
    }

    /// Whether nobody knows who this is because what they wrote was not read.
    fn is_unread(&self) -> bool {
        let is_said = self.name.ends_with(UNREAD) || self.name.starts_with(UNKNOWN);
        self.part == Part::Author && self.who == Involved::Unmapped && is_said
    }

    /// Whether both say the same of the same person; somebody unmapped is only who is called the same.
    fn is_same(&self, other: &Self) -> bool {
        match (self.who, other.who) {
            (Involved::Person { id, .. }, Involved::Person { id: of, .. }) => {
                self.part == other.part && id == of
            }
            _ => self == other,
        }
    }

    /// Why this keeps everybody from deciding, where it may be anybody.
    pub(super) fn may_be_anybody(&self) -> Option<Exclusion> {
        let name = || self.name.clone();
        match self.who {
            Involved::Unmapped if self.is_unread() => Some(Exclusion::Unread(name())),
            Involved::Unmapped => Some(Exclusion::Unmapped(self.part, name())),
            Involved::Machine | Involved::Person { .. } => None,
        }
    }

    /// Whether this keeps somebody from deciding. Fails closed: an unmapped one is everybody whom it could be.
    pub fn excludes(&self, decider: &Decider) -> Option<Exclusion> {
        match self.who {
            Involved::Unmapped => self.may_be_anybody(),
            Involved::Person { id, .. } if id == decider.person => Some(Exclusion::Has(self.part)),
            // A person has one identity at GitHub here: whoever has one is not somebody else of there.
            Involved::Person {
                has_account: false, ..
            } if !decider.has_github => Some(Exclusion::MayHave(self.part, self.name.clone())),
            Involved::Machine | Involved::Person { .. } => None,
        }
    }
}

/// Why somebody must not decide: what is sure before what only may be.
pub(super) fn excluded(parties: &[Party], decider: &Decider) -> Option<Exclusion> {
    let all: Vec<Exclusion> = parties
        .iter()
        .filter_map(|party| party.excludes(decider))
        .collect();
    let sure = all
        .iter()
        .find(|exclusion| matches!(exclusion, Exclusion::Has(_)));
    sure.or(all.first()).cloned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn party(who: Involved, name: &str) -> Party {
        Party {
            part: Part::Initiator,
            who,
            name: name.to_owned(),
        }
    }

    #[test]
    fn whoever_asks_and_whom_they_name_have_a_part_and_programs_stand_for_nobody() {
        let person = |number| Involved::Person {
            id: Uuid::from_u128(number).into(),
            has_account: true,
        };
        let names = |all: &[(Involved, &str)]| {
            let all = all.iter().map(|(who, name)| party(*who, name)).collect();
            let each = each_party(all).into_iter().map(|party| party.name);
            each.collect::<Vec<_>>()
        };
        let machine = Involved::Machine;
        assert_eq!(names(&[(person(1), "ada"), (person(2), "eve")]), ["ada", "eve"]);
        assert_eq!(names(&[(person(1), "ada"), (person(1), "Ada")]), ["ada"]);
        assert_eq!(
            names(&[(person(1), "ada"), (Involved::Unmapped, "whoever")]),
            ["ada", "whoever"]
        );
        assert_eq!(names(&[(machine, "CI"), (person(1), "ada")]), ["ada"]);
        assert_eq!(
            names(&[(machine, "CI"), (machine, "renovate[bot]")]),
            ["renovate[bot]"]
        );
    }
}
