//! The list's address: its whole state, defaults left out.

use commands::CommandError;
use domain::{
    error::FieldErrors,
    intake::{DeliveryFilter, DeliveryStatus},
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
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
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
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
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_deliveries()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("q", &self.q), ("status", &self.status), ("event", &self.event)]
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
    fn a_state_that_is_none_is_refused() {
        let query = |status: &str| ListQuery {
            status: status.into(),
            ..ListQuery::default()
        };
        assert_eq!(query("dead").filter().unwrap().status, Some(DeliveryStatus::Dead));
        assert!(query("lost").filter().is_err());
    }
}
