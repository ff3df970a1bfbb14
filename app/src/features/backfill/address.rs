//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    backfill::{RepositoryFilter, RepositoryStanding},
    error::FieldErrors,
    page::Position,
};
use serde::Deserialize;

use crate::paths;

/// The query of the page of repositories, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub state: String,
    /// As written.
    pub after: String,
    /// As written.
    pub before: String,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<RepositoryFilter, CommandError> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let standing = text(&self.state).map(|state| {
            RepositoryStanding::parse(&state)
                .ok_or_else(|| FieldErrors::one("state", "choose one of open, service, ignored, gone"))
        });
        Ok(RepositoryFilter {
            text: text(&self.q),
            standing: standing.transpose()?,
        })
    }

    /// Where the page starts.
    pub fn position(&self) -> Position {
        match (&*self.after, &*self.before) {
            ("", "") => Position::Start,
            ("", before) => Position::Before(before.to_owned()),
            (after, _) => Position::After(after.to_owned()),
        }
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        [&self.q, &self.state]
            .iter()
            .any(|value| !value.trim().is_empty())
    }

    /// The list with this state.
    pub fn href(&self) -> String {
        let pairs = [
            ("q", &self.q),
            ("state", &self.state),
            ("after", &self.after),
            ("before", &self.before),
        ];
        paths::with_query(&paths::admin_repositories(), pairs)
    }

    /// The first page of the same list, changed.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = Self {
            after: String::new(),
            before: String::new(),
            ..self.clone()
        };
        change(&mut query);
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_the_state_and_leaves_defaults_out() {
        let plain = "/admin/integrations/github/repositories";
        assert_eq!(ListQuery::default().href(), plain);
        let query = ListQuery {
            state: "open".into(),
            after: "acme/pay".into(),
            ..ListQuery::default()
        };
        assert_eq!(query.href(), format!("{plain}?state=open&after=acme%2Fpay"));
        assert_eq!(query.filter().unwrap().standing, Some(RepositoryStanding::Open));
        let odd = ListQuery {
            state: "lost".into(),
            ..query
        };
        assert!(odd.filter().is_err());
    }
}
