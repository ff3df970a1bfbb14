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
