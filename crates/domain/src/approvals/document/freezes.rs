//! Freezes as documents write them.

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::name_of;
use crate::{
    approvals::{Freeze, Span},
    error::FieldErrors,
};

/// How a local time is written.
const TIME: &str = "%Y-%m-%dT%H:%M";
/// How a time of a day is written.
const TIME_OF_DAY: &str = "%H:%M";

/// A freeze as it is written: once, or with days every week.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawFreeze {
    name: String,
    time_zone: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<String>,
    from: String,
    to: String,
}

impl RawFreeze {
    pub(super) fn of(freeze: &Freeze) -> Self {
        let (days, from, to) = match &freeze.span {
            Span::Once { from, to } => (
                Vec::new(),
                from.format(TIME).to_string(),
                to.format(TIME).to_string(),
            ),
            Span::Weekly { days, from, to } => {
                let days = days.iter().map(|day| day.to_string().to_lowercase()).collect();
                (
                    days,
                    from.format(TIME_OF_DAY).to_string(),
                    to.format(TIME_OF_DAY).to_string(),
                )
            }
        };
        Self {
            name: freeze.name.clone(),
            time_zone: freeze.zone.name().to_owned(),
            days,
            from,
            to,
        }
    }

    pub(super) fn read(&self, field: &str, errors: &mut FieldErrors) -> Option<Freeze> {
        let name = name_of(&self.name, &format!("{field}.name"), errors);
        let zone: Option<Tz> = self.time_zone.parse().ok();
        if zone.is_none() {
            errors.add(
                format!("{field}.timeZone"),
                "write a time zone, for example Europe/Berlin or UTC",
            );
        }
        let span = if self.days.is_empty() {
            self.once(field, errors)
        } else {
            self.weekly(field, errors)
        };
        Some(Freeze {
            name,
            zone: zone?,
            span: span?,
        })
    }

    fn once(&self, field: &str, errors: &mut FieldErrors) -> Option<Span> {
        let mut time = |name: &str, text: &str| {
            let time = NaiveDateTime::parse_from_str(text.trim(), TIME).ok();
            if time.is_none() {
                let message = "write a local time as 2026-12-24T18:00; with days, a time of the day as 18:00";
                errors.add(format!("{field}.{name}"), message);
            }
            time
        };
        let (from, to) = (time("from", &self.from), time("to", &self.to));
        let (from, to) = (from?, to?);
        if to <= from {
            errors.add(format!("{field}.to"), "write a time after `from`");
            return None;
        }
        Some(Span::Once { from, to })
    }

    fn weekly(&self, field: &str, errors: &mut FieldErrors) -> Option<Span> {
        let mut days: Vec<Weekday> = Vec::new();
        for (index, word) in self.days.iter().enumerate() {
            match word.trim().parse() {
                Ok(day) if !days.contains(&day) => days.push(day),
                Ok(_) => {}
                Err(_) => errors.add(
                    format!("{field}.days[{index}]"),
                    "write one of mon, tue, wed, thu, fri, sat, sun",
                ),
            }
        }
        let mut time = |name: &str, text: &str| {
            let time = NaiveTime::parse_from_str(text.trim(), TIME_OF_DAY).ok();
            if time.is_none() {
                errors.add(
                    format!("{field}.{name}"),
                    "write a time of the day as 18:00, in quotes",
                );
            }
            time
        };
        let (from, to) = (time("from", &self.from), time("to", &self.to));
        Some(Span::Weekly {
            days,
            from: from?,
            to: to?,
        })
    }
}
