//! How long what is received is kept.

use chrono::TimeDelta;

use super::{
    Settings,
    problems::{Name, Reader},
};

/// Long enough to look into a quarter's figures, short enough that bodies do not fill the disk.
const DAYS: i64 = 90;

const DELIVERIES: Name = Name {
    env: "FAIRWAY_DELIVERY_RETENTION_DAYS",
    flag: "--delivery-retention-days",
};

/// How long what is received is kept.
#[derive(Clone, Debug)]
pub struct RetentionConfig {
    /// Bodies of deliveries; their keys stay for ever, so that what is sent again is known.
    pub deliveries: TimeDelta,
}

impl RetentionConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        Self {
            deliveries: reader.value(
                DELIVERIES,
                settings.delivery_retention_days.as_deref(),
                TimeDelta::days(DAYS),
                parse_days,
            ),
        }
    }
}

/// At least a week: GitHub redelivers what is three days old, and people look a few days later.
fn parse_days(text: &str) -> Result<TimeDelta, (String, String)> {
    match text.parse() {
        Ok(days @ 7..=3650) => Ok(TimeDelta::days(days)),
        _ => Err((
            "is not between 7 and 3650".into(),
            format!("Leave it out for {DAYS} days."),
        )),
    }
}
