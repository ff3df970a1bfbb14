//! Times in sentences that were stored or refused with as they stand, found again by how [`domain::moments`] writes them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// A time.
    Moment(DateTime<Utc>),
}

/// A sentence in its parts, in order.
pub fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((before, at, after)) = first_moment(rest) {
        if !before.is_empty() {
            pieces.push(Piece::Words(before));
        }
        pieces.push(Piece::Moment(at));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

/// The first time of a text, with what stands before and after it.
fn first_moment(text: &str) -> Option<(&str, DateTime<Utc>, &str)> {
    /// The end of every time.
    const ZONE: &str = " UTC";
    /// How long the day is before it: "2026-11-28".
    const DAY: usize = 10;
    text.match_indices(ZONE).find_map(|(end, _)| {
        let (day, clock) = text.get(..end)?.rsplit_once(' ')?;
        let (before, day) = day.split_at_checked(day.len().checked_sub(DAY)?)?;
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
        // What was stored before has seconds, or parts of them.
        let clock = NaiveTime::parse_from_str(clock, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M:%S%.f"))
            .ok()?;
        Some((
            before,
            day.and_time(clock).and_utc(),
            text.get(end + ZONE.len()..)?,
        ))
    })
}

#[cfg(test)]
mod tests {
    use domain::moments::moment;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_sentence_is_taken_apart_at_its_times() {
        let (first, second) = (at(1_795_899_600), at(1_795_899_660));
        assert_eq!(moment(first), "2026-11-28 21:00 UTC");
        let said = format!("it lasts until {}, or {}.", moment(first), moment(second));
        assert_eq!(
            pieces(&said),
            [
                Piece::Words("it lasts until "),
                Piece::Moment(first),
                Piece::Words(", or "),
                Piece::Moment(second),
                Piece::Words("."),
            ]
        );
        assert_eq!(pieces(&moment(first)), [Piece::Moment(first)]);
    }

    #[test]
    fn times_that_were_stored_before_are_found_too() {
        let whole = at(1_795_899_619);
        for stored in ["2026-11-28 21:00:19 UTC", "2026-11-28 21:00:19.000000 UTC"] {
            assert_eq!(pieces(stored), [Piece::Moment(whole)], "{stored}");
        }
    }

    #[test]
    fn what_is_no_time_stays_as_it_is() {
        assert!(pieces("").is_empty());
        for words in [
            "it is watched",
            " UTC",
            "in UTC",
            "at 21:00 UTC",
            "ü 2026-13-28 21:00 UTC",
            "éé21:00 x UTC",
        ] {
            assert_eq!(pieces(words), [Piece::Words(words)], "{words}");
        }
    }
}
