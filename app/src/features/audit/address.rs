//! The list's address: its whole state, defaults left out.

use chrono_tz::Tz;
use commands::CommandError;
use domain::{audit::AuditFilter, error::FieldErrors};
use serde::Deserialize;

use crate::{
    address::{self, ListAddress, Place, given},
    paths,
};

/// The query of `/admin/audit`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// As written.
    pub actor: String,
    /// As written.
    pub action: String,
    /// As written.
    pub subject: String,
    /// First day, in the person's zone.
    pub from: String,
    /// Last day, included.
    pub to: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
}

impl ListQuery {
    /// The filter that the query means; days begin in `zone`.
    pub fn filter(&self, zone: Tz) -> Result<AuditFilter, CommandError> {
        let mut errors = FieldErrors::new();
        let (from, to) = address::time_of((&self.from, &self.to), zone, &mut errors);
        Ok(errors.or(AuditFilter {
            actor: given(&self.actor),
            action: given(&self.action),
            subject: given(&self.subject),
            from,
            to,
        })?)
    }
}

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_audit()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("actor", &self.actor),
            ("action", &self.action),
            ("subject", &self.subject),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}
