//! The address of the list of teams: its whole state, defaults left out.

use domain::people::TeamFilter;
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/admin/teams`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TeamsQuery {
    /// As written.
    pub q: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl TeamsQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> TeamFilter {
        TeamFilter { text: given(&self.q) }
    }
}

impl ListAddress for TeamsQuery {
    fn path(&self) -> String {
        paths::admin_teams()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("q", &self.q)]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}
