//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{error::FieldErrors, jobs::FailedJobState, page::Position};
use serde::Deserialize;

use crate::{address, paths};

/// The query of `/admin/jobs`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub state: String,
    /// As written.
    pub after: String,
    /// As written.
    pub before: String,
}

impl ListQuery {
    /// The state that the list is narrowed to.
    pub fn state(&self) -> Result<Option<FailedJobState>, CommandError> {
        let parse = |state: String| {
            FailedJobState::parse(&state)
                .ok_or_else(|| FieldErrors::one("state", "choose one of dead, waiting").into())
        };
        address::given(&self.state).map(parse).transpose()
    }

    /// Where the page starts.
    pub fn position(&self) -> Position {
        address::position(&self.after, &self.before)
    }

    /// The list with this state.
    pub fn href(&self) -> String {
        self.at(&paths::admin_jobs())
    }

    /// Another address with this state: the CSV.
    pub fn at(&self, path: &str) -> String {
        let pairs = [
            ("state", &self.state),
            ("after", &self.after),
            ("before", &self.before),
        ];
        paths::with_query(path, pairs)
    }

    /// The first page of the same list, changed.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = Self {
            state: self.state.clone(),
            ..Self::default()
        };
        change(&mut query);
        query
    }
}
