//! Who does something: it stands in every audit row.

use serde::{Deserialize, Serialize};

use crate::{
    access::Grant,
    ids::{PersonId, TokenId},
    tokens::Reach,
};

/// Who or what causes a change of state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in.
    Person {
        /// Who.
        id: PersonId,
        /// Name at the time, for reading the trail without a join.
        name: String,
    },
    /// A holder of an API token.
    Token {
        /// Which token.
        id: TokenId,
        /// The token's name at the time.
        name: String,
    },
    /// The command line of the server.
    CommandLine,
    /// An outside system, for example `github`.
    System {
        /// Its name.
        name: String,
    },
}

impl Actor {
    /// `person`, `token`, `command_line` or `system`: the column `actor_kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::Token { .. } => "token",
            Self::CommandLine => "command_line",
            Self::System { .. } => "system",
        }
    }

    /// A name for people to read.
    pub fn name(&self) -> &str {
        match self {
            Self::CommandLine => "command line",
            Self::Person { name, .. } | Self::Token { name, .. } | Self::System { name } => name,
        }
    }
}

/// Someone who looks at pages or calls commands, with what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    actor: Actor,
    /// What a token may do; `None` for everyone else.
    scopes: Option<Vec<Scope>>,
    /// Where a token may act; everyone else acts wherever their roles hold.
    reach: Reach,
    /// Roles; `None` where none are needed: the command line, Fairway's own jobs, a token that nobody owns.
    grants: Option<Vec<Grant>>,
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read everything that pages show.
    #[serde(rename = "read")]
    Read,
    /// Report deploys and their phases.
    #[serde(rename = "deploys:write")]
    DeploysWrite,
    /// Report incidents.
    #[serde(rename = "incidents:write")]
    IncidentsWrite,
    /// Correct the record: reclassify, exclude, match.
    #[serde(rename = "corrections:write")]
    CorrectionsWrite,
    /// Register services and import catalog files.
    #[serde(rename = "catalog:write")]
    CatalogWrite,
}

impl Scope {
    /// Every scope, in the order of the help text.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::DeploysWrite,
        Self::IncidentsWrite,
        Self::CorrectionsWrite,
        Self::CatalogWrite,
    ];

    /// The scope as it is written in tokens and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::DeploysWrite => "deploys:write",
            Self::IncidentsWrite => "incidents:write",
            Self::CorrectionsWrite => "corrections:write",
            Self::CatalogWrite => "catalog:write",
        }
    }

    /// The scope that a text names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

impl Viewer {
    /// Someone who may do everything: the command line of the server, Fairway's own jobs.
    pub fn trusted(actor: Actor) -> Self {
        Self {
            actor,
            scopes: None,
            reach: Reach::default(),
            grants: None,
        }
    }

    /// A person who signed in, with what was granted to them.
    pub fn person(id: PersonId, name: String, grants: Vec<Grant>) -> Self {
        Self {
            actor: Actor::Person { id, name },
            scopes: None,
            reach: Reach::default(),
            grants: Some(grants),
        }
    }

    /// The holder of a token with its scopes, made on the server for a machine.
    pub fn token(id: TokenId, name: String, scopes: Vec<Scope>) -> Self {
        Self {
            actor: Actor::Token { id, name },
            scopes: Some(scopes),
            reach: Reach::default(),
            grants: None,
        }
    }

    /// The same token when it belongs to someone with these grants.
    #[must_use]
    pub fn owned_by(self, grants: Vec<Grant>) -> Self {
        Self {
            grants: Some(grants),
            ..self
        }
    }

    /// The same token limited to some environments.
    #[must_use]
    pub fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// Who this is, for the audit row.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The scopes of a token; `None` for everyone else.
    pub fn scopes(&self) -> Option<&[Scope]> {
        self.scopes.as_deref()
    }

    /// The environments that a token is limited to.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Whether what an act is about makes a difference: to whoever needs a grant, or is limited to environments.
    pub fn is_bounded(&self) -> bool {
        self.grants.is_some() || !self.reach.is_everywhere()
    }

    /// What was granted; `None` where no grant is needed.
    pub fn grants(&self) -> Option<&[Grant]> {
        self.grants.as_deref()
    }

    /// The person who signed in; `None` for tokens and Fairway itself.
    pub fn signed_in(&self) -> Option<PersonId> {
        match &self.actor {
            Actor::Person { id, .. } => Some(*id),
            Actor::Token { .. } | Actor::CommandLine | Actor::System { .. } => None,
        }
    }
}
