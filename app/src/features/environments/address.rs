//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    environments::{EnvironmentClass, EnvironmentFilter},
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/admin/environments`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub class: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<EnvironmentFilter, CommandError> {
        let class = given(&self.class).map(|class| {
            let words = "choose one of production, staging, development, preview";
            EnvironmentClass::parse(&class).ok_or_else(|| FieldErrors::one("class", words))
        });
        Ok(EnvironmentFilter {
            class: class.transpose()?,
            text: given(&self.q),
        })
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_environments()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("q", &self.q), ("class", &self.class)]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}
