//! What is wrong with a catalog file, and where. Knows nothing of YAML or of kinds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a file, as editors count: the first character is line 1, column 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Level {
    /// The file is not taken over: its last good version stays.
    Error,
    /// The file is taken over; something in it was kept without being followed.
    Notice,
}

impl Level {
    /// The word that stands before the message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Notice => "notice",
        }
    }
}

/// One thing wrong with a catalog file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Whether it keeps the file from being taken over.
    pub level: Level,
    /// Where in the file.
    #[serde(flatten)]
    pub place: Place,
    /// Which field, for example `spec.owner`; empty for the document as a whole.
    pub field: String,
    /// What is wrong and what to do next.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.place, self.level.as_str())?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// Collects problems while one document is read.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub(super) fn error(&mut self, place: Place, field: impl Into<String>, message: impl Into<String>) {
        self.push(Level::Error, place, field.into(), message.into());
    }

    pub(super) fn notice(&mut self, place: Place, field: impl Into<String>, message: impl Into<String>) {
        self.push(Level::Notice, place, field.into(), message.into());
    }

    fn push(&mut self, level: Level, place: Place, field: String, message: String) {
        self.0.push(Problem {
            level,
            place,
            field,
            message,
        });
    }
}
