//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    error::FieldErrors,
    intake::{DeliveryFilter, DeliveryStatus},
    page::Position,
};
use serde::Deserialize;

use crate::{
    address::{self, given},
    paths,
};

/// The query of `/admin/deliveries`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub q: String,
    /// As written.
    pub status: String,
    /// As written.
    pub event: String,
    /// As written.
    pub after: String,
    /// As written.
    pub before: String,
}

impl ListQuery {
    /// The filter that the query means.
    pub fn filter(&self) -> Result<DeliveryFilter, CommandError> {
        let status = given(&self.status).map(|status| {
            DeliveryStatus::parse(&status)
                .ok_or_else(|| FieldErrors::one("status", "choose one of received, processed, ignored, dead"))
        });
        Ok(DeliveryFilter {
            status: status.transpose()?,
            event: given(&self.event),
            text: given(&self.q),
        })
    }

    /// Where the page starts.
    pub fn position(&self) -> Position {
        address::position(&self.after, &self.before)
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        [&self.q, &self.status, &self.event]
            .iter()
            .any(|value| !value.trim().is_empty())
    }

    /// The list with this state.
    pub fn href(&self) -> String {
        self.at(&paths::admin_deliveries())
    }

    /// Another address with this state: the CSV.
    pub fn at(&self, path: &str) -> String {
        let pairs = [
            ("q", &self.q),
            ("status", &self.status),
            ("event", &self.event),
            ("after", &self.after),
            ("before", &self.before),
        ];
        paths::with_query(path, pairs)
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
        assert_eq!(ListQuery::default().href(), "/admin/deliveries");
        let query = ListQuery {
            status: "dead".into(),
            after: "1_x".into(),
            ..ListQuery::default()
        };
        assert_eq!(query.href(), "/admin/deliveries?status=dead&after=1_x");
        assert_eq!(
            query.with(|query| query.event = "push".into()).href(),
            "/admin/deliveries?status=dead&event=push"
        );
        assert_eq!(query.filter().unwrap().status, Some(DeliveryStatus::Dead));
        assert!(
            ListQuery {
                status: "lost".into(),
                ..query
            }
            .filter()
            .is_err()
        );
    }
}
