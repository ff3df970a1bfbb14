//! Who does something: it stands in every audit row.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, TokenId};

/// Who or what causes a change of state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// Someone at this machine's loopback address, before sign-in exists.
    Local,
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
    /// `local`, `person`, `token`, `command_line` or `system`: the column `actor_kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Person { .. } => "person",
            Self::Token { .. } => "token",
            Self::CommandLine => "command_line",
            Self::System { .. } => "system",
        }
    }

    /// A name for people to read.
    pub fn name(&self) -> &str {
        match self {
            Self::Local => "local operator",
            Self::CommandLine => "command line",
            Self::Person { name, .. } | Self::Token { name, .. } | Self::System { name } => name,
        }
    }
}

/// Someone who looks at pages or calls commands, with what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    actor: Actor,
    scopes: Vec<Scope>,
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
    /// Someone with every scope: the loopback operator, the command line, Fairway's own jobs.
    pub fn trusted(actor: Actor) -> Self {
        Self {
            actor,
            scopes: Scope::ALL.to_vec(),
        }
    }

    /// The holder of a token with its scopes.
    pub fn token(id: TokenId, name: String, scopes: Vec<Scope>) -> Self {
        Self {
            actor: Actor::Token { id, name },
            scopes,
        }
    }

    /// Who this is, for the audit row.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether this viewer holds a scope; the error says which one is missing.
    pub fn require(&self, scope: Scope) -> Result<(), MissingScope> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(MissingScope(scope))
        }
    }
}

/// The act needs a scope that the viewer does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this token lacks the scope `{}`; create one that has it with `fairway token create --name NAME --scope {}`", .0.as_str(), .0.as_str())]
pub struct MissingScope(pub Scope);
