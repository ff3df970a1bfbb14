//! The list's address: its whole state, defaults left out.

use domain::people::TeamFilter;
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/teams`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> TeamFilter {
        TeamFilter { text: given(&self.q) }
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::teams()
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
