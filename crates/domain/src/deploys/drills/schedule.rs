//! When drills are due: every so many days, in a window by the clock of a place. Half-open, also where that clock is changed.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::{
    approvals::{Edge, instant, span_of},
    error::FieldErrors,
    ids::{EnvironmentId, ServiceId},
};

/// How a time of the day is written.
const TIME_OF_DAY: &str = "%H:%M";
/// What was not rehearsed for a year is not rehearsed.
const LONGEST: u16 = 365;
/// The clock begins drills each minute: a shorter window may be missed by a pause of the process.
const SHORTEST_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// A schedule as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawSchedule {
    /// Name of the environment.
    pub environment: String,
    /// Days between two drills.
    pub every_days: String,
    /// From this time of the day, as `10:00`.
    pub from: String,
    /// Up to this time of the day.
    pub to: String,
    /// Time zone, as `Europe/Berlin`.
    pub zone: String,
}

/// When drills are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Days between two drills.
    pub every_days: u16,
    /// From this time of the day.
    pub from: NaiveTime,
    /// Up to this time of the day, or of the next where it is no later.
    pub to: NaiveTime,
    /// By whose clock.
    pub zone: Tz,
}

/// A window in which a drill may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its first moment: what it is known by.
    pub opens: DateTime<Utc>,
    /// The moment after its last.
    pub closes: DateTime<Utc>,
}

/// The schedule of a service with what came of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Whose.
    pub service: ServiceId,
    /// Where.
    pub environment: EnvironmentId,
    /// When drills are due.
    pub schedule: Schedule,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// When the last drill there began that was not skipped.
    pub last: Option<DateTime<Utc>>,
    /// The last window in which one was begun or skipped.
    pub tried: Option<DateTime<Utc>>,
}

impl Schedule {
    /// Reads a schedule; the environment is looked up elsewhere.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(raw: &RawSchedule) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let every: Option<u16> = raw.every_days.trim().parse().ok();
        let every = every.filter(|days| (1..=LONGEST).contains(days));
        if every.is_none() {
            errors.add(
                "every_days",
                format!("write a number of days from 1 to {LONGEST}"),
            );
        }
        let mut time = |field: &str, text: &str| {
            let time = NaiveTime::parse_from_str(text.trim(), TIME_OF_DAY).ok();
            if time.is_none() {
                errors.add(field, "write a time of the day, for example 10:00");
            }
            time
        };
        let (from, to) = (time("from", &raw.from), time("to", &raw.to));
        if let (Some(from), Some(to)) = (from, to) {
            if from == to {
                errors.add(
                    "to",
                    "write another time than the one from which on a drill may begin",
                );
            } else if length(from, to) < SHORTEST_WINDOW {
                errors.add("to", "leave at least 15 minutes in which a drill may begin");
            }
        }
        let zone: Option<Tz> = raw.zone.trim().parse().ok();
        if zone.is_none() {
            errors.add("zone", "write a time zone, for example Europe/Berlin or UTC");
        }
        errors.or(Self {
            every_days: every.unwrap_or(LONGEST),
            from: from.unwrap_or_default(),
            to: to.unwrap_or_default(),
            zone: zone.unwrap_or(Tz::UTC),
        })
    }

    /// The window that begins on a day.
    fn slot_of(&self, day: NaiveDate) -> Option<Slot> {
        let (from, to) = span_of(day, self.from, self.to)?;
        Some(Slot {
            opens: instant(self.zone, from, Edge::First)?,
            closes: instant(self.zone, to, Edge::Last)?,
        })
    }

    /// The window that is open at a time, with the day on which it began.
    fn slot_at(&self, now: DateTime<Utc>) -> Option<(NaiveDate, Slot)> {
        let today = self.day(now);
        // One that began yesterday may still be open.
        [Some(today), today.pred_opt()]
            .into_iter()
            .flatten()
            .filter_map(|day| Some((day, self.slot_of(day)?)))
            .find(|(_, slot)| slot.opens <= now && now < slot.closes)
    }

    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The window in words: `10:00 to 12:00 Europe/Berlin`.
    pub fn window(&self) -> String {
        let (from, to) = (self.from.format(TIME_OF_DAY), self.to.format(TIME_OF_DAY));
        format!("{from} to {to} {}", self.zone.name())
    }

    /// The times of the window as a form writes them.
    pub fn times(&self) -> (String, String) {
        let text = |time: NaiveTime| time.format(TIME_OF_DAY).to_string();
        (text(self.from), text(self.to))
    }
}

/// How long a window is.
fn length(from: NaiveTime, to: NaiveTime) -> TimeDelta {
    let length = to - from;
    if to > from {
        length
    } else {
        length + TimeDelta::days(1)
    }
}

impl Scheduled {
    /// The day from which on the next drill is due: the first one at once, the others so many days after the last.
    fn due_day(&self) -> NaiveDate {
        let set = self.schedule.day(self.set_at);
        let Some(last) = self.last else { return set };
        let days = Days::new(u64::from(self.schedule.every_days));
        let day = self.schedule.day(last).checked_add_days(days);
        day.unwrap_or(NaiveDate::MAX).max(set)
    }

    /// The window in which a drill is to begin now; `None` where none is due, or this window had its turn.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Slot> {
        let (day, slot) = self.schedule.slot_at(now)?;
        let is_due = day >= self.due_day();
        let had_its_turn = self.tried.is_some_and(|tried| tried >= slot.opens);
        (is_due && !had_its_turn).then_some(slot)
    }

    /// The window in which the next drill is due: the one that is open, or the first that opens.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Slot> {
        if let Some(open) = self.due(now) {
            return Some(open);
        }
        let first = self.due_day().max(self.schedule.day(now));
        let days = first.iter_days().take(3);
        days.filter_map(|day| self.schedule.slot_of(day))
            .find(|slot| slot.opens > now)
    }

    /// Since when a drill is overdue: the first window in which it was due has passed.
    pub fn overdue_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.due_day();
        let days = due.iter_days().take(2);
        let slot = days
            .filter_map(|day| self.schedule.slot_of(day))
            // Of the day on which it was set, a window may have passed before.
            .find(|slot| slot.closes > self.set_at)?;
        (slot.closes <= now).then_some(slot.closes)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn raw() -> RawSchedule {
        RawSchedule {
            environment: "staging".into(),
            every_days: "7".into(),
            from: "10:00".into(),
            to: "12:00".into(),
            zone: "Europe/Berlin".into(),
        }
    }

    fn scheduled(raw: &RawSchedule, set_at: &str) -> Scheduled {
        Scheduled {
            service: ServiceId(Uuid::nil()),
            environment: EnvironmentId(Uuid::nil()),
            schedule: Schedule::parse(raw).unwrap(),
            set_at: at(set_at),
            last: None,
            tried: None,
        }
    }

    #[test]
    fn a_schedule_is_read_and_what_is_wrong_is_named() {
        let schedule = Schedule::parse(&raw()).unwrap();
        assert_eq!(schedule.window(), "10:00 to 12:00 Europe/Berlin");
        assert_eq!(schedule.times(), ("10:00".to_owned(), "12:00".to_owned()));
        let wrong = RawSchedule {
            every_days: "0".into(),
            from: "ten".into(),
            zone: "Berlin".into(),
            ..raw()
        };
        let errors = Schedule::parse(&wrong).unwrap_err();
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["every_days", "from", "zone"]);
        let short = RawSchedule {
            to: "10:10".into(),
            ..raw()
        };
        assert_eq!(Schedule::parse(&short).unwrap_err().0[0].field, "to");
        let short = RawSchedule {
            from: "23:55".into(),
            to: "00:05".into(),
            ..raw()
        };
        assert_eq!(Schedule::parse(&short).unwrap_err().0[0].field, "to");
        let nothing = RawSchedule {
            to: "10:00".into(),
            ..raw()
        };
        assert_eq!(Schedule::parse(&nothing).unwrap_err().0[0].field, "to");
        let nightly = RawSchedule {
            from: "23:00".into(),
            to: "01:00".into(),
            ..raw()
        };
        assert!(Schedule::parse(&nightly).is_ok());
    }

    #[test]
    fn the_first_drill_is_due_in_the_first_window_and_each_window_has_one_turn() {
        let mut scheduled = scheduled(&raw(), "2026-11-02T08:00:00Z");
        assert_eq!(scheduled.due(at("2026-11-02T08:59:59Z")), None);
        let slot = scheduled.due(at("2026-11-02T09:00:00Z")).unwrap();
        assert_eq!(slot.opens, at("2026-11-02T09:00:00Z"));
        assert_eq!(slot.closes, at("2026-11-02T11:00:00Z"));
        assert_eq!(scheduled.due(at("2026-11-02T11:00:00Z")), None);
        scheduled.tried = Some(slot.opens);
        assert_eq!(scheduled.due(at("2026-11-02T10:00:00Z")), None);
        assert!(
            scheduled.due(at("2026-11-03T09:00:00Z")).is_some(),
            "one that was skipped is tried the next day"
        );
    }

    #[test]
    fn the_next_one_is_due_so_many_days_after_the_last_and_overdue_after_its_window() {
        let mut scheduled = scheduled(&raw(), "2026-11-02T08:00:00Z");
        let last = at("2026-11-02T09:00:30Z");
        (scheduled.last, scheduled.tried) = (Some(last), Some(at("2026-11-02T09:00:00Z")));
        assert_eq!(scheduled.due(at("2026-11-08T09:30:00Z")), None);
        let next = scheduled.next(at("2026-11-03T00:00:00Z")).unwrap();
        assert_eq!(next.opens, at("2026-11-09T09:00:00Z"));
        assert_eq!(scheduled.due(at("2026-11-09T09:30:00Z")), Some(next));
        assert_eq!(scheduled.overdue_since(at("2026-11-09T10:59:59Z")), None);
        let closes = at("2026-11-09T11:00:00Z");
        assert_eq!(scheduled.overdue_since(closes), Some(closes));
        assert_eq!(
            scheduled.next(closes).unwrap().opens,
            at("2026-11-10T09:00:00Z"),
            "an overdue one is tried in the next window"
        );
    }

    #[test]
    fn what_was_set_after_the_window_of_its_day_is_not_overdue_at_once() {
        let scheduled = scheduled(&raw(), "2026-11-02T15:00:00Z");
        assert_eq!(scheduled.overdue_since(at("2026-11-02T15:00:01Z")), None);
        let next = scheduled.next(at("2026-11-02T15:00:01Z")).unwrap();
        assert_eq!(next.opens, at("2026-11-03T09:00:00Z"));
        assert_eq!(
            scheduled.overdue_since(at("2026-11-03T11:00:00Z")),
            Some(at("2026-11-03T11:00:00Z"))
        );
    }

    #[test]
    fn a_window_follows_its_clock_when_that_is_changed_and_goes_over_midnight() {
        let summer = scheduled(&raw(), "2026-10-24T00:00:00Z");
        let opens = |now: &str| summer.due(at(now)).map(|slot| slot.opens);
        assert_eq!(opens("2026-10-24T08:30:00Z"), Some(at("2026-10-24T08:00:00Z")));
        assert_eq!(opens("2026-10-25T08:30:00Z"), None, "the clock is back");
        assert_eq!(opens("2026-10-25T09:30:00Z"), Some(at("2026-10-25T09:00:00Z")));
        let nightly = RawSchedule {
            from: "23:00".into(),
            to: "01:00".into(),
            zone: "UTC".into(),
            ..raw()
        };
        let nightly = scheduled(&nightly, "2026-11-02T08:00:00Z");
        let late = nightly.due(at("2026-11-03T00:30:00Z")).unwrap();
        assert_eq!(late.opens, at("2026-11-02T23:00:00Z"));
    }
}
