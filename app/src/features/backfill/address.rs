//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    backfill::{RepositoryFilter, RepositoryStanding},
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of the page of repositories, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub state: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<RepositoryFilter, CommandError> {
        let standing = given(&self.state).map(|state| {
            RepositoryStanding::parse(&state)
                .ok_or_else(|| FieldErrors::one("state", "choose one of open, service, ignored, gone"))
        });
        Ok(RepositoryFilter {
            text: given(&self.q),
            standing: standing.transpose()?,
        })
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_repositories()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("q", &self.q), ("state", &self.state)]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_that_is_none_is_refused() {
        let query = |state: &str| ListQuery {
            state: state.into(),
            ..ListQuery::default()
        };
        assert_eq!(
            query("open").filter().unwrap().standing,
            Some(RepositoryStanding::Open)
        );
        assert!(query("lost").filter().is_err());
    }
}
