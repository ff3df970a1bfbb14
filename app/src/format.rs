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
    let sign = if seconds < 0 { "−" } else { "" };
    let total = seconds.abs();
    let (days, hours, minutes) = (total / DAY, total % DAY / HOUR, total % HOUR / MINUTE);
    let text = match (days, hours, minutes) {
        (0, 0, 0) => format!("{total} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    };
    format!("{sign}{text}")
}

/// Stored seconds as a length of time, to the millisecond that they hold.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of a real length fit i64"
)]
pub fn length(seconds: Option<f64>) -> Option<TimeDelta> {
    seconds.map(|seconds| TimeDelta::milliseconds((seconds * 1000.0).round() as i64))
}

/// A number with its unit, for figures: the two are set in different sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The number, at most one decimal.
    pub number: String,
    /// Its unit, perhaps empty.
    pub unit: &'static str,
}

impl Quantity {
    /// "19.7 h"
    pub fn text(&self) -> String {
        if self.unit.is_empty() {
            self.number.clone()
        } else {
            format!("{} {}", self.number, self.unit)
        }
    }
}

/// A length of time as one number in the unit that keeps it readable: `34 min`, `19.7 h`, `3.2 d`.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a human span are exact in f64"
)]
pub fn span(seconds: f64) -> Quantity {
    let (minute, hour, day) = (MINUTE as f64, HOUR as f64, DAY as f64);
    let (value, unit) = match seconds.abs() {
        s if s < 1.5 * minute => (seconds, "s"),
        s if s < hour => (seconds / minute, "min"),
        s if s < 2.0 * day => (seconds / hour, "h"),
        _ => (seconds / day, "d"),
    };
    Quantity {
        number: decimal(value, u8::from(unit == "h" || unit == "d")),
        unit,
    }
}

/// A share in [0, 1] as a percentage: `8.3 %`.
pub fn percent(share: f64) -> Quantity {
    Quantity {
        number: decimal(share * 100.0, 1),
        unit: "%",
    }
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
    fn durations_show_two_units() {
        for (seconds, text) in [
            (48, "48 s"),
            (360, "6 min"),
            (8040, "2 h 14 min"),
            (7200, "2 h"),
            (3 * DAY + 4 * HOUR, "3 d 4 h"),
            (-90, "−1 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn figures_keep_one_decimal() {
        assert_eq!(span(19.7 * 3600.0).text(), "19.7 h");
        assert_eq!(span(34.0 * 60.0).text(), "34 min");
        assert_eq!(span(5.0 * 86400.0).text(), "5 d");
        assert_eq!(percent(0.083).text(), "8.3 %");
        assert_eq!(decimal(-0.01, 1), "0");
        assert_eq!(count(1_204_331), "1\u{202f}204\u{202f}331");
        assert_eq!(counted(1, "deploy"), "1 deploy");
        assert_eq!(counted_as(2, "delivery", "deliveries"), "2 deliveries");
        assert_eq!(shown_of(50, "214 services"), "50 of 214 services");
    }
}
