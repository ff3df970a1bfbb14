//! The address of the list of all entities: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    catalog::{EntityFilter, EntityKind},
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/catalog`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EntitiesQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub kind: String,
    /// As written.
    pub namespace: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl EntitiesQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<EntityFilter, CommandError> {
        let kind = given(&self.kind).map(|kind| {
            let words = format!(
                "choose one of {}",
                EntityKind::ALL.map(EntityKind::key).join(", ")
            );
            EntityKind::parse(&kind).ok_or_else(|| FieldErrors::one("kind", words))
        });
        Ok(EntityFilter {
            kind: kind.transpose()?,
            namespace: given(&self.namespace),
            text: given(&self.q),
        })
    }
}

impl ListAddress for EntitiesQuery {
    fn path(&self) -> String {
        paths::catalog()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("q", &self.q),
            ("kind", &self.kind),
            ("namespace", &self.namespace),
        ]
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
    fn a_kind_is_read_in_any_case_and_another_is_refused() {
        let query = |kind: &str| EntitiesQuery {
            kind: kind.into(),
            ..EntitiesQuery::default()
        };
        assert_eq!(query("API").filter().unwrap().kind, Some(EntityKind::Api));
        assert_eq!(query("").filter().unwrap().kind, None);
        assert!(query("widget").filter().is_err());
    }
}
