//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    catalog::{Health, ServiceFilter, ServiceSort, Tier},
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// The query of `/services`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub owner: String,
    /// As written.
    pub tier: String,
    /// As written.
    pub lifecycle: String,
    /// As written.
    pub health: String,
    /// As written.
    pub sort: String,
    /// As written.
    pub reverse: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<ServiceFilter, CommandError> {
        let mut errors = FieldErrors::new();
        let tier = given(&self.tier).and_then(|tier| {
            let parsed = Tier::parse(&tier);
            if let Err(problem) = &parsed {
                errors.add("tier", problem.to_string());
            }
            parsed.ok()
        });
        let health = given(&self.health).and_then(|health| {
            let parsed = Health::parse(&health);
            if parsed.is_none() {
                errors.add("health", "choose one of down, degraded, healthy, unknown");
            }
            parsed
        });
        let sort = if self.sort.is_empty() {
            Some(ServiceSort::default())
        } else {
            ServiceSort::parse(&self.sort)
        };
        if sort.is_none() {
            errors.add("sort", "choose a column to sort by");
        }
        Ok(errors.or(ServiceFilter {
            owner: given(&self.owner),
            tier,
            lifecycle: given(&self.lifecycle),
            health,
            text: given(&self.q),
            sort: sort.unwrap_or_default(),
            reverse: !self.reverse.is_empty(),
            position: self.place.position(),
            ..ServiceFilter::default()
        })?)
    }

    /// The list sorted by a column: a second click turns it round.
    #[must_use]
    pub fn sorted_by(&self, sort: ServiceSort) -> Self {
        let current = ServiceSort::parse(&self.sort).unwrap_or_default() == sort;
        self.with(|query| {
            query.sort = if sort == ServiceSort::default() {
                String::new()
            } else {
                sort.as_str().to_owned()
            };
            query.reverse = if current && self.reverse.is_empty() {
                "1".to_owned()
            } else {
                String::new()
            };
        })
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::services()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("q", &self.q),
            ("owner", &self.owner),
            ("tier", &self.tier),
            ("lifecycle", &self.lifecycle),
            ("health", &self.health),
            ("sort", &self.sort),
            ("reverse", &self.reverse),
        ]
    }

    /// An order leaves nothing out.
    fn is_filtered(&self) -> bool {
        [&self.q, &self.owner, &self.tier, &self.lifecycle, &self.health]
            .iter()
            .any(|value| !value.trim().is_empty())
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}
