//! Home's address: whose things it shows, what is one's own left out.

use commands::CommandError;
use domain::error::FieldErrors;
use serde::Deserialize;

use crate::query::Known;

/// The query of `/`, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HomeQuery {
    /// `everything`, or `mine`.
    pub of: String,
}

impl HomeQuery {
    /// Whether everybody's things are asked for.
    pub fn is_everything(&self) -> Result<bool, CommandError> {
        match self.of.trim() {
            "" | "mine" => Ok(false),
            "everything" => Ok(true),
            _ => Err(FieldErrors::one("of", "choose mine or everything").into()),
        }
    }
}

impl Known for HomeQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["of"])
    }
}
