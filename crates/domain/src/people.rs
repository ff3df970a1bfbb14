//! People and bots, as far as lists and figures need them.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, TeamId};

/// A person or bot, short enough for a table cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRef {
    /// Who, where the author is mapped to a person; `None` for a name that git alone knows.
    pub id: Option<PersonId>,
    /// Login or name to show.
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
