//! How times, durations and numbers read, the same on the server and in the browser.
//!
//! Pure functions; "now" is passed in.

use chrono::{DateTime, TimeDelta, Utc};

/// Seconds in a minute, an hour and a day.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "12 s ago", "41 min ago", "3 h ago", "2 d ago", "in 3 h"; after 60 days in months, after two years in years.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    if seconds.abs() < 5 {
        return "just now".into();
    }
    let text = coarse(seconds.abs());
    if seconds > 0 {
        format!("{text} ago")
    } else {
        format!("in {text}")
    }
}

/// How old something is: as [`relative`], without "ago".
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    coarse((now - at).num_seconds().max(0))
}

/// What is left until a moment: "2 h 58 min", or "no time" once it is over.
pub fn left(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (at - now).num_seconds() {
        seconds @ 1.. => duration(seconds),
        _ => "no time".into(),
    }
}

fn coarse(seconds: i64) -> String {
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => match seconds / DAY {
            days @ ..60 => format!("{days} d"),
            days @ 60..730 => format!("{} mo", days / 30),
            days => format!("{} y", days / 365),
        },
    }
}

/// A length of time in its two largest units: "48 s", "6 min", "2 h 14 min", "3 d 4 h". Negative lengths keep their sign.
pub fn duration(seconds: i64) -> String {
    span_of(seconds).text()
}

/// Stored seconds as a length of time, to the millisecond that they hold.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of a real length fit i64"
)]
pub fn length(seconds: Option<f64>) -> Option<TimeDelta> {
    seconds.map(|seconds| TimeDelta::milliseconds((seconds * 1000.0).round() as i64))
}

/// Numbers with their units, for figures: the two are set in different sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Each number with its unit, which may be empty. A length of time has up to two: "2 h 14 min".
    pub parts: Vec<(String, &'static str)>,
}

impl Quantity {
    /// One number with its unit, which may be empty.
    pub fn new(number: impl Into<String>, unit: &'static str) -> Self {
        Self {
            parts: vec![(number.into(), unit)],
        }
    }

    /// "19 h 42 min"
    pub fn text(&self) -> String {
        let words = self.parts.iter().map(|(number, unit)| match *unit {
            "" => number.clone(),
            unit => format!("{number} {unit}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A measured length of time in its two largest units: `34 min`, `19 h 42 min`, `3 d 5 h`.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a human span fit i64")]
pub fn span(seconds: f64) -> Quantity {
    span_of(seconds.round() as i64)
}

/// Rounded to the smaller of its units, so that 119 seconds are 2 minutes.
fn span_of(seconds: i64) -> Quantity {
    let smallest = match seconds.abs() {
        ..MINUTE => 1,
        MINUTE..DAY => MINUTE,
        _ => HOUR,
    };
    let total = (seconds.abs() + smallest / 2) / smallest * smallest;
    let units = [
        (total / DAY, "d"),
        (total % DAY / HOUR, "h"),
        (total % HOUR / MINUTE, "min"),
        (total % MINUTE, "s"),
    ];
    let mut parts: Vec<_> = units
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| (number.to_string(), unit))
        .collect();
    match parts.first_mut() {
        Some((number, _)) if seconds < 0 => number.insert(0, '−'),
        Some(_) => {}
        None => parts.push(("0".into(), "s")),
    }
    Quantity { parts }
}

/// A value of a chart with the chart's unit: "12", "8.3 %"; lengths of time in two units, as everywhere.
#[expect(
    clippy::cast_precision_loss,
    reason = "a minute, an hour and a day are exact in f64"
)]
pub fn in_unit(value: f64, unit: &str) -> String {
    let seconds = match unit {
        "min" => MINUTE as f64,
        "h" => HOUR as f64,
        "d" => DAY as f64,
        _ => return format!("{} {unit}", decimal(value, 1)).trim_end().to_owned(),
    };
    span(value * seconds).text()
}

/// A share in [0, 1] as a percentage: `8.3 %`.
pub fn percent(share: f64) -> Quantity {
    Quantity::new(decimal(share * 100.0, 1), "%")
}

/// A number with at most `digits` decimals, trailing zeros of a whole number dropped: `3.4`, `12`.
pub fn decimal(value: f64, digits: u8) -> String {
    let text = format!("{value:.*}", usize::from(digits));
    let text = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    };
    if text == "-0" { "0".into() } else { text }
}

/// What is there of several clauses, set apart by dots in the middle.
pub fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

/// A count with thin spaces between thousands: `1 204 331`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// "1 deploy", "2 deploys": the plural is the word with an s.
pub fn counted(value: u64, word: &str) -> String {
    format!("{} {word}{}", count(value), if value == 1 { "" } else { "s" })
}

/// "1 delivery", "2 deliveries": the plural is another word.
pub fn counted_as(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// "50 of 214 services": what a page of a list shows.
pub fn shown_of(shown: usize, all: &str) -> String {
    format!("{} of {all}", count(shown as u64))
}

/// The first seven characters of a commit's sha, as people quote it.
pub fn short_sha(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_read_as_people_say_them() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for (seconds, text) in [
            (0, "just now"),
            (12, "12 s ago"),
            (41 * 60, "41 min ago"),
            (3 * HOUR + 59, "3 h ago"),
            (2 * DAY, "2 d ago"),
            (90 * DAY, "3 mo ago"),
            (800 * DAY, "2 y ago"),
            (-3 * HOUR, "in 3 h"),
        ] {
            assert_eq!(relative(now - TimeDelta::seconds(seconds), now), text);
        }
    }

    #[test]
    fn what_is_left_is_never_less_than_nothing() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for (seconds, text) in [
            (10_680, "2 h 58 min"),
            (1, "1 s"),
            (0, "no time"),
            (-60, "no time"),
        ] {
            assert_eq!(left(now + TimeDelta::seconds(seconds), now), text);
        }
    }

    #[test]
    fn durations_show_two_units() {
        for (seconds, text) in [
            (48, "48 s"),
            (360, "6 min"),
            (8040, "2 h 14 min"),
            (7200, "2 h"),
            (3 * DAY + 4 * HOUR, "3 d 4 h"),
            (0, "0 s"),
            (59, "59 s"),
            (119, "2 min"),
            (HOUR - 1, "1 h"),
            (4500, "1 h 15 min"),
            (DAY - 1, "1 d"),
            (2 * DAY - 1, "2 d"),
            (-100, "−2 min"),
            (-4500, "−1 h 15 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn measured_lengths_show_two_units_too() {
        for (seconds, text) in [
            (0.3, "0 s"),
            (34.0 * 60.0, "34 min"),
            (1.25 * 3600.0, "1 h 15 min"),
            (19.7 * 3600.0, "19 h 42 min"),
            (2.4 * 86400.0, "2 d 10 h"),
            (5.0 * 86400.0, "5 d"),
        ] {
            assert_eq!(span(seconds).text(), text);
        }
        assert_eq!(in_unit(1.25, "h"), "1 h 15 min");
        assert_eq!(in_unit(2.4, "d"), "2 d 10 h");
        assert_eq!(in_unit(8.3, "%"), "8.3 %");
        assert_eq!(in_unit(3.0, ""), "3");
    }

    #[test]
    fn other_figures_keep_one_decimal() {
        assert_eq!(percent(0.083).text(), "8.3 %");
        assert_eq!(decimal(-0.01, 1), "0");
        assert_eq!(count(1_204_331), "1\u{202f}204\u{202f}331");
        assert_eq!(counted(1, "deploy"), "1 deploy");
        assert_eq!(counted_as(2, "delivery", "deliveries"), "2 deliveries");
        assert_eq!(shown_of(50, "214 services"), "50 of 214 services");
    }
}
