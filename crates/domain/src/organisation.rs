//! The one organisation of an installation.

use chrono_tz::Tz;

/// Name and settings that every page and figure uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Shown in the rail.
    pub name: String,
    /// Buckets of figures begin and end at midnight here.
    pub time_zone: Tz,
    /// Whether this is the demo organisation.
    pub is_demo: bool,
}
