//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{error::FieldErrors, jobs::FailedJobState};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/admin/jobs`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub state: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The state that the list is narrowed to.
    pub fn state(&self) -> Result<Option<FailedJobState>, CommandError> {
        let parse = |state: String| {
            FailedJobState::parse(&state)
                .ok_or_else(|| FieldErrors::one("state", "choose one of dead, waiting").into())
        };
        given(&self.state).map(parse).transpose()
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_jobs()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("state", &self.state)]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}
