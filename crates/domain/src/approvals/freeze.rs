//! Freezes: times in which nothing is deployed, said in the clock of a place. Half-open, also where that clock is changed.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;

/// The longest gap that a clock ever made, in minutes: Samoa left out a whole day in 2011.
const LONGEST_GAP: i64 = 24 * 60;
/// Freezes that follow one another are followed this often; one without end is said to end somewhere in it.
const MOST_JOINED: usize = 64;

/// A time in which nothing is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// What people call it.
    pub name: String,
    /// Whose clock it goes by.
    pub zone: Tz,
    /// When.
    pub span: Span,
}

/// When a freeze holds, by the clock of its zone. The first moment belongs to it, the last one does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Once.
    Once {
        /// From this time.
        from: NaiveDateTime,
        /// Up to this time.
        to: NaiveDateTime,
    },
    /// Every week. Where it does not end later than it begins, it ends on the next day.
    Weekly {
        /// The days on which it begins.
        days: Vec<Weekday>,
        /// From this time of the day.
        from: NaiveTime,
        /// Up to this time of the day, or of the next.
        to: NaiveTime,
    },
}

/// That it is frozen, by what and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Name of the freeze.
    pub name: String,
    /// When it ends, with those that follow without a gap.
    pub until: DateTime<Utc>,
}

/// Which end of a freeze a time is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    First,
    Last,
}

impl Freeze {
    /// When the freeze ends that holds at a time; `None` where none does.
    pub fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.span {
            Span::Once { from, to } => self.within((*from, *to), now),
            Span::Weekly { days, from, to } => {
                let today = now.with_timezone(&self.zone).date_naive();
                // One that began yesterday may still hold.
                [today.pred_opt(), Some(today)]
                    .into_iter()
                    .flatten()
                    .filter(|day| days.contains(&day.weekday()))
                    .filter_map(|day| self.within(span_of(day, *from, *to)?, now))
                    .max()
            }
        }
    }

    /// Whether a clock that is changed leaves all of it out, so that it freezes no moment.
    pub(super) fn is_left_out(&self) -> bool {
        let Span::Once { from, to } = &self.span else {
            return false;
        };
        let first = instant(self.zone, *from, Edge::First);
        let last = instant(self.zone, *to, Edge::Last);
        first.zip(last).is_none_or(|(first, last)| last <= first)
    }

    fn within(
        &self,
        (from, to): (NaiveDateTime, NaiveDateTime),
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let first = instant(self.zone, from, Edge::First)?;
        let last = instant(self.zone, to, Edge::Last)?;
        (first <= now && now < last).then_some(last)
    }
}

/// The times of a weekly freeze that begins on a day.
pub(crate) fn span_of(
    day: NaiveDate,
    from: NaiveTime,
    to: NaiveTime,
) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let last = if to > from {
        day
    } else {
        day.checked_add_days(Days::new(1))?
    };
    Some((day.and_time(from), last.and_time(to)))
}

/// The moment that a clock shows a time. Of a time that it shows twice the earlier one begins and the later one ends; a time that
/// it leaves out is the first one after the gap.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime, edge: Edge) -> Option<DateTime<Utc>> {
    (0..=LONGEST_GAP).find_map(|minutes| {
        let shown = zone.from_local_datetime(&local.checked_add_signed(TimeDelta::minutes(minutes))?);
        let moment = match edge {
            Edge::First => shown.earliest(),
            Edge::Last => shown.latest(),
        };
        moment.map(|moment| moment.with_timezone(&Utc))
    })
}

/// Whether any of the freezes holds at a time: the one that holds longest, and when all is over.
pub fn frozen(freezes: &[Freeze], now: DateTime<Utc>) -> Option<Frozen> {
    let longest = |at| {
        let ends = freezes
            .iter()
            .filter_map(|freeze| Some((freeze.until(at)?, freeze)));
        ends.max_by_key(|(until, _)| *until)
    };
    let (mut until, freeze) = longest(now)?;
    for _ in 0..MOST_JOINED {
        let Some((later, _)) = longest(until) else { break };
        until = later;
    }
    Some(Frozen {
        name: freeze.name.clone(),
        until,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn once(zone: &str, from: &str, to: &str) -> Freeze {
        Freeze {
            name: "Freeze".into(),
            zone: zone.parse().unwrap(),
            span: Span::Once {
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
            },
        }
    }

    fn weekly(zone: &str, days: &[Weekday], (from, to): (&str, &str)) -> Freeze {
        Freeze {
            name: "Weekend".into(),
            zone: zone.parse().unwrap(),
            span: Span::Weekly {
                days: days.to_vec(),
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
            },
        }
    }

    #[test]
    fn a_freeze_has_its_first_moment_and_not_its_last() {
        let freeze = once("Europe/Berlin", "2026-12-24T00:00:00", "2027-01-02T00:00:00");
        assert_eq!(freeze.until(at("2026-12-23T22:59:59.999999Z")), None);
        let end = at("2027-01-01T23:00:00Z");
        assert_eq!(freeze.until(at("2026-12-23T23:00:00Z")), Some(end));
        assert_eq!(freeze.until(at("2027-01-01T22:59:59.999999Z")), Some(end));
        assert_eq!(freeze.until(end), None);
    }

    #[test]
    fn the_night_in_which_an_hour_comes_twice_is_frozen_all_of_it() {
        // 25 October 2026: 03:00 in Berlin becomes 02:00 again.
        let freeze = once("Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T02:30:00");
        assert_eq!(freeze.until(at("2026-10-24T23:59:59Z")), None);
        let end = at("2026-10-25T01:30:00Z");
        assert_eq!(freeze.until(at("2026-10-25T00:00:00Z")), Some(end));
        assert_eq!(
            freeze.until(at("2026-10-25T00:45:00Z")),
            Some(end),
            "02:45, the first time"
        );
        assert_eq!(freeze.until(at("2026-10-25T01:29:59Z")), Some(end));
        assert_eq!(freeze.until(end), None);
    }

    #[test]
    fn an_hour_that_is_left_out_begins_and_ends_after_the_gap() {
        // 29 March 2026: 02:00 in Berlin becomes 03:00.
        let gap = at("2026-03-29T01:00:00Z");
        let begins = once("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T04:00:00");
        assert_eq!(begins.until(gap), Some(at("2026-03-29T02:00:00Z")));
        assert_eq!(begins.until(at("2026-03-29T00:59:59Z")), None);
        let ends = once("Europe/Berlin", "2026-03-29T00:00:00", "2026-03-29T02:30:00");
        assert_eq!(ends.until(at("2026-03-29T00:59:59Z")), Some(gap));
        assert_eq!(ends.until(gap), None);
        // Samoa had no 30 December 2011.
        let left_out = once("Pacific/Apia", "2011-12-30T00:00:00", "2011-12-31T00:00:00");
        assert_eq!(left_out.until(at("2011-12-30T10:00:00Z")), None);
    }

    #[test]
    fn a_weekend_goes_over_midnight_and_over_a_changed_clock() {
        use Weekday::{Fri, Sat, Sun};
        let nights = weekly("Europe/Berlin", &[Fri], ("18:00:00", "06:00:00"));
        assert_eq!(nights.until(at("2026-11-27T16:59:59Z")), None);
        let end = at("2026-11-28T05:00:00Z");
        assert_eq!(nights.until(at("2026-11-27T17:00:00Z")), Some(end));
        assert_eq!(nights.until(at("2026-11-28T04:59:59Z")), Some(end));
        assert_eq!(nights.until(end), None);
        assert_eq!(nights.until(at("2026-11-28T17:00:00Z")), None, "Saturday evening");
        let days = [weekly("Europe/Berlin", &[Sat, Sun], ("00:00:00", "00:00:00"))];
        // The clock goes back on Sunday: these two days have 49 hours.
        let until = at("2026-10-25T23:00:00Z");
        let all = frozen(&days, at("2026-10-23T22:00:00Z")).unwrap();
        assert_eq!((all.name.as_str(), all.until), ("Weekend", until));
        assert_eq!(frozen(&days, until), None);
    }

    #[test]
    fn freezes_that_touch_are_one_and_one_without_end_ends_somewhere() {
        let all = [
            once("UTC", "2026-12-24T00:00:00", "2026-12-27T00:00:00"),
            once("UTC", "2026-12-26T00:00:00", "2026-12-31T00:00:00"),
            once("UTC", "2026-12-31T00:00:00", "2027-01-02T00:00:00"),
        ];
        let until = |now| frozen(&all, at(now)).map(|frozen| frozen.until);
        assert_eq!(until("2026-12-24T00:00:00Z"), Some(at("2027-01-02T00:00:00Z")));
        assert_eq!(until("2026-12-23T00:00:00Z"), None);
        let week: Vec<Weekday> = (0..7).map(|day| Weekday::try_from(day).unwrap()).collect();
        let always = [weekly("America/New_York", &week, ("00:00:00", "00:00:00"))];
        assert!(frozen(&always, at("2026-03-08T07:00:00Z")).is_some());
        assert_eq!(frozen(&[], at("2026-03-08T07:00:00Z")), None);
    }

    proptest! {
        #[test]
        fn a_daily_freeze_of_whole_days_leaves_no_moment_out(seconds in 1_700_000_000_i64..1_900_000_000) {
            let week: Vec<Weekday> = (0..7).map(|day| Weekday::try_from(day).unwrap()).collect();
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            for zone in ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"] {
                let until = weekly(zone, &week, ("00:00:00", "00:00:00")).until(now);
                prop_assert!(until.is_some_and(|until| until > now), "{zone} at {now}");
                let until = weekly(zone, &week, ("02:30:00", "02:30:00")).until(now);
                prop_assert!(until.is_some_and(|until| until > now), "{zone} at {now}");
            }
        }
    }
}
