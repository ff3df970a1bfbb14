//! Ranges of whole local days, half-open, and the buckets of a chart.

use chrono::{DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The longest range: three years and a little, which bounds what one page may cost.
pub const MAX_DAYS: u32 = 1100;

/// Years that a day may be in: Fairway knows nothing older, and nothing is planned later.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Whole days `[from, to)` in the organisation's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The organisation's time zone.
    pub zone: Tz,
}

/// A range that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends before it begins.
    #[error("the last day comes before the first; exchange the two")]
    Backwards,
    /// It is too long.
    #[error("choose at most {MAX_DAYS} days")]
    TooLong,
    /// It lies where no deployment can.
    #[error("choose days from {first} to {last}", first = YEARS.start(), last = YEARS.end())]
    OutOfTime,
}

/// The usual lengths of a range that ends today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Preset {
    /// A week.
    #[serde(rename = "7")]
    Week,
    /// 30 days.
    #[serde(rename = "30")]
    Month,
    /// 90 days.
    #[default]
    #[serde(rename = "90")]
    Quarter,
    /// 180 days.
    #[serde(rename = "180")]
    Half,
    /// 365 days.
    #[serde(rename = "365")]
    Year,
}

impl Preset {
    /// All, shortest first.
    pub const ALL: [Self; 5] = [Self::Week, Self::Month, Self::Quarter, Self::Half, Self::Year];

    /// Length in days.
    pub fn days(self) -> u32 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::Year => 365,
        }
    }

    /// The preset of so many days.
    pub fn of_days(days: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.days() == days)
    }
}

impl Range {
    /// The last `days` days, today included.
    pub fn last(days: u32, now: DateTime<Utc>, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let to = today + Days::new(1);
        Self {
            from: to - Days::new(u64::from(days)),
            to,
            zone,
        }
    }

    /// From a first to a last day, both included.
    pub fn custom(first: NaiveDate, last: NaiveDate, zone: Tz) -> Result<Self, RangeError> {
        if last < first {
            return Err(RangeError::Backwards);
        }
        if !YEARS.contains(&first.year()) || !YEARS.contains(&last.year()) {
            return Err(RangeError::OutOfTime);
        }
        let range = Self {
            from: first,
            to: last + Days::new(1),
            zone,
        };
        if range.days() > MAX_DAYS {
            return Err(RangeError::TooLong);
        }
        Ok(range)
    }

    /// How many days.
    pub fn days(self) -> u32 {
        u32::try_from((self.to - self.from).num_days()).unwrap_or(0)
    }

    /// The last day in it.
    pub fn last_day(self) -> NaiveDate {
        self.to - Days::new(1)
    }

    /// The range of the same length just before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self {
            from: self.from - Days::new(u64::from(self.days())),
            to: self.from,
            zone: self.zone,
        }
    }

    /// Its first moment.
    pub fn start(self) -> DateTime<Utc> {
        midnight(self.from, self.zone)
    }

    /// The moment after its last.
    pub fn end(self) -> DateTime<Utc> {
        midnight(self.to, self.zone)
    }

    /// Its days.
    pub fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day < self.to)
    }

    /// Cut into buckets; the first and the last may be shorter than the others.
    pub fn buckets(self, bucket: Bucket) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let to = bucket.after(from).min(self.to);
            parts.push(Self { from, to, ..self });
            from = to;
        }
        parts
    }
}

/// The first moment of a local day; where clocks skip midnight, the first moment that exists.
pub fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut local = day.and_time(NaiveTime::MIN);
    loop {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.to_utc(),
            LocalResult::None => local += TimeDelta::minutes(15),
        }
    }
}

/// What one point of a chart covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Bucket {
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Bucket {
    /// The bucket that gives a chart of a range a readable number of points.
    pub fn for_range(range: Range) -> Self {
        match range.days() {
            ..=14 => Self::Day,
            15..=400 => Self::Week,
            _ => Self::Month,
        }
    }

    /// The word for people: "by week".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the bucket after the one that holds `day`.
    fn after(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day + Days::new(1),
            Self::Week => day + Days::new(7 - u64::from(day.weekday().num_days_from_monday())),
            Self::Month => day.with_day(1).unwrap_or(day) + Months::new(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn presets_end_today_in_the_organisations_zone() {
        // 23:30 UTC is already the 23rd in Berlin.
        let now = "2026-11-22T23:30:00Z".parse().unwrap();
        let range = Range::last(90, now, Tz::Europe__Berlin);
        assert_eq!(
            (range.from, range.last_day(), range.days()),
            (day("2026-08-26"), day("2026-11-23"), 90)
        );
        assert_eq!(range.previous().to, range.from);
        assert_eq!(range.previous().days(), 90);
    }

    #[test]
    fn days_of_a_clock_change_begin_at_their_own_midnight() {
        let starts = |zone, text| midnight(day(text), zone).to_rfc3339();
        assert_eq!(
            starts(Tz::Europe__Berlin, "2026-10-25"),
            "2026-10-24T22:00:00+00:00"
        );
        assert_eq!(
            starts(Tz::Europe__Berlin, "2026-10-26"),
            "2026-10-25T23:00:00+00:00"
        );
        // Cairo's clocks skip midnight itself.
        assert_eq!(
            starts(Tz::Africa__Cairo, "2026-04-24"),
            "2026-04-23T22:00:00+00:00"
        );
    }

    #[test]
    fn buckets_cover_the_range_once() {
        let range = Range::custom(day("2026-08-25"), day("2026-11-22"), Tz::UTC).unwrap();
        for bucket in [Bucket::Day, Bucket::Week, Bucket::Month] {
            let parts = range.buckets(bucket);
            assert_eq!(parts.first().unwrap().from, range.from);
            assert_eq!(parts.last().unwrap().to, range.to);
            assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
        // 25 August 2026 is a Tuesday.
        assert_eq!(range.buckets(Bucket::Week)[0].to, day("2026-08-31"));
        assert_eq!(range.buckets(Bucket::Month)[1].to, day("2026-10-01"));
    }

    #[test]
    fn impossible_ranges_say_what_to_do() {
        let custom = |from, to| Range::custom(day(from), day(to), Tz::UTC);
        assert_eq!(custom("2026-02-02", "2026-02-01"), Err(RangeError::Backwards));
        assert_eq!(custom("2020-01-01", "2026-02-01"), Err(RangeError::TooLong));
        assert_eq!(custom("1999-12-31", "2000-01-02"), Err(RangeError::OutOfTime));
        assert_eq!(
            custom("+262142-12-30", "+262142-12-31"),
            Err(RangeError::OutOfTime)
        );
    }
}
