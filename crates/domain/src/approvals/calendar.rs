//! Freezes as a calendar: when each holds next.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

use super::{
    Freeze, Span,
    freeze::{Edge, instant, span_of},
};

/// How far ahead a weekly freeze is looked for: one on a single day comes within it, whatever the clock does.
const WEEK_AND_A_DAY: i64 = 8;

/// A time in which a freeze holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
}

impl Occurrence {
    /// Whether it holds.
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.to
    }
}

impl Freeze {
    /// When it holds at a time and next, earliest first: at most so many, and nothing where it is over for good.
    pub fn upcoming(&self, now: DateTime<Utc>, most: usize) -> Vec<Occurrence> {
        match &self.span {
            Span::Once { from, to } => {
                let once = self.occurrence((*from, *to));
                once.filter(|once| once.to > now).into_iter().take(most).collect()
            }
            Span::Weekly { days, from, to } => {
                let today = now.with_timezone(&self.zone).date_naive();
                let reach = i64::try_from(most)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(WEEK_AND_A_DAY);
                (-1..=reach)
                    .filter_map(|ahead| today.checked_add_signed(TimeDelta::try_days(ahead)?))
                    .filter(|day| days.contains(&day.weekday()))
                    .filter_map(|day| self.occurrence(span_of(day, *from, *to)?))
                    .filter(|occurrence| occurrence.to > now)
                    .take(most)
                    .collect()
            }
        }
    }

    fn occurrence(&self, (from, to): (NaiveDateTime, NaiveDateTime)) -> Option<Occurrence> {
        Some(Occurrence {
            from: instant(self.zone, from, Edge::First)?,
            to: instant(self.zone, to, Edge::Last)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn freeze(zone: &str, span: Span) -> Freeze {
        Freeze {
            name: "Freeze".into(),
            zone: zone.parse().unwrap(),
            span,
        }
    }

    #[test]
    fn one_that_holds_comes_first_and_one_that_is_over_does_not_come() {
        let once = freeze(
            "Europe/Berlin",
            Span::Once {
                from: "2026-12-24T00:00:00".parse().unwrap(),
                to: "2027-01-02T00:00:00".parse().unwrap(),
            },
        );
        let now = at("2026-12-25T12:00:00Z");
        let found = once.upcoming(now, 3);
        let whole = Occurrence {
            from: at("2026-12-23T23:00:00Z"),
            to: at("2027-01-01T23:00:00Z"),
        };
        assert_eq!(found, [whole]);
        assert!(whole.holds_at(now) && !whole.holds_at(whole.to) && whole.holds_at(whole.from));
        assert!(once.upcoming(whole.to, 3).is_empty());
    }

    #[test]
    fn a_weekly_one_follows_the_clock_of_its_place() {
        let nights = freeze(
            "Europe/Berlin",
            Span::Weekly {
                days: vec![Weekday::Sat],
                from: "22:00:00".parse().unwrap(),
                to: "04:00:00".parse().unwrap(),
            },
        );
        // The second night is the one in which an hour comes twice.
        let found = nights.upcoming(at("2026-10-18T01:00:00Z"), 3);
        let times: Vec<(String, String)> = found
            .iter()
            .map(|night| (night.from.to_rfc3339(), night.to.to_rfc3339()))
            .collect();
        let night = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            times,
            [
                night("2026-10-17T20:00:00+00:00", "2026-10-18T02:00:00+00:00"),
                night("2026-10-24T20:00:00+00:00", "2026-10-25T03:00:00+00:00"),
                night("2026-10-31T21:00:00+00:00", "2026-11-01T03:00:00+00:00"),
            ]
        );
        assert!(nights.upcoming(at("2026-10-18T01:00:00Z"), 0).is_empty());
    }
}
