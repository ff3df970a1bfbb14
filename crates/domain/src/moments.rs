//! Times in sentences. A sentence is stored and sent as it stands, so its times name their zone, and all are written alike: pages
//! find them by that, and show them in the zone of whoever looks.

use chrono::{DateTime, Utc};

/// How a time is written in a sentence: "2026-11-28 21:00 UTC".
pub const MOMENT: &str = "%Y-%m-%d %H:%M UTC";

/// A time as it stands in a sentence.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format(MOMENT).to_string()
}
