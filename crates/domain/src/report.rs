//! Checks that reports from outside share: texts, times, shas, links. Everything wrong is collected, field by field.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{deploys::report::is_digest, error::FieldErrors, names};

/// A clock of a sender may be this much ahead of ours.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The first second of 2005: git began in that year, so no commit, deploy or incident that we may learn of is older.
const EARLIEST: i64 = 1_104_537_600;

/// Collects what is wrong while values are read.
#[derive(Debug)]
pub struct Checked {
    now: DateTime<Utc>,
    errors: FieldErrors,
}

impl Checked {
    /// Nothing wrong yet; times are judged as of `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            errors: FieldErrors::new(),
        }
    }

    /// The time that everything is judged by.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Notes something wrong.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.add(field, message);
    }

    /// Notes everything that another rule found wrong.
    pub fn extend(&mut self, errors: FieldErrors) {
        self.errors.0.extend(errors.0);
    }

    /// The value, or everything that is wrong.
    pub fn or<T>(self, value: T) -> Result<T, FieldErrors> {
        self.errors.or(value)
    }

    /// Everything that is wrong.
    pub fn into_errors(self) -> FieldErrors {
        self.errors
    }

    /// A text without control characters, trimmed; an empty one is none.
    pub fn text(&mut self, field: &str, value: Option<String>, max: usize) -> Option<String> {
        let value = value?;
        let value = value.trim();
        if value.chars().count() > max {
            self.add(field, format!("write at most {max} characters"));
        }
        if value
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.add(field, "leave out control characters");
        }
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// A name: a text in which everything can be seen.
    pub fn name(&mut self, field: &str, value: Option<String>, max: usize) -> Option<String> {
        self.seen(field, value, (max, names::unseen))
    }

    /// A name that must be there; the empty text where it is not.
    pub fn named(&mut self, field: &str, value: &str, max: usize, ask: &str) -> String {
        let found = self.name(field, Some(value.to_owned()), max);
        self.asked(field, found, ask)
    }

    /// The slug of a service.
    pub fn service(&mut self, field: &str, value: &str) -> String {
        self.named(field, value, 200, "name the service by its slug")
    }

    /// A title that must be there: a line in which everything can be seen, emoji too.
    pub fn title(&mut self, field: &str, value: &str, max: usize, ask: &str) -> String {
        let found = self.seen(field, Some(value.to_owned()), (max, names::unseen_in_title));
        self.asked(field, found, ask)
    }

    fn asked(&mut self, field: &str, found: Option<String>, ask: &str) -> String {
        if found.is_none() {
            self.add(field, ask);
        }
        found.unwrap_or_default()
    }

    fn seen(
        &mut self,
        field: &str,
        value: Option<String>,
        (max, unseen): (usize, fn(&str) -> Option<char>),
    ) -> Option<String> {
        let text = self.text(field, value, max)?;
        // Other controls were refused already.
        if let Some(c) = unseen(&text).filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')) {
            self.add(field, names::leave_out(c));
        }
        Some(text)
    }

    /// A time in RFC 3339, not before 2005 and at most five minutes ahead.
    pub fn time(&mut self, field: &str, value: Option<String>) -> Option<DateTime<Utc>> {
        match parse_time(&value?, self.now, AHEAD) {
            Ok(at) => Some(at),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }

    /// A full commit sha, in lower case.
    pub fn sha(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let sha = value?.trim().to_ascii_lowercase();
        let whole = matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !whole {
            self.add(field, "give the full commit sha: 40 hex digits");
        }
        whole.then_some(sha)
    }

    /// An image digest.
    pub fn digest(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let digest = value?.trim().to_owned();
        if is_digest(&digest) {
            return Some(digest);
        }
        self.add(
            field,
            "give the image digest: `sha256:` and 64 hex digits; a tag is not one",
        );
        None
    }

    /// A word of a list.
    pub fn word<T>(
        &mut self,
        field: &str,
        value: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
        list: &str,
    ) -> Option<T> {
        let parsed = parse(value?.trim());
        if parsed.is_none() {
            self.add(field, format!("choose one of {list}"));
        }
        parsed
    }

    /// An id.
    pub fn id<T: FromStr>(&mut self, field: &str, value: Option<String>) -> Option<T> {
        let parsed = value?.trim().parse().ok();
        if parsed.is_none() {
            self.add(
                field,
                "give the id as Fairway shows it, for example 0199c2a4-0000-7000-8000-000000000000",
            );
        }
        parsed
    }

    /// A link that a page may show: http or https.
    pub fn url(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let text = self.text(field, value, 2000)?;
        let safe = url::Url::parse(&text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !safe {
            self.add(
                field,
                "give an address that begins with https://, for example https://ci.example.com/runs/12",
            );
        }
        safe.then_some(text)
    }
}

/// A time in RFC 3339, cut to the microsecond that is stored; the error says what to write.
pub fn parse_time(text: &str, now: DateTime<Utc>, ahead: TimeDelta) -> Result<DateTime<Utc>, String> {
    let at = DateTime::parse_from_rfc3339(text.trim())
        .map_err(|_| "write a time such as 2026-11-03T14:05:00Z".to_owned())?
        .to_utc();
    if at > now + ahead {
        return Err("this time is more than 5 minutes in the future; check the sender's clock".to_owned());
    }
    if at.timestamp() < EARLIEST {
        return Err("this time is before 2005; check the sender's clock".to_owned());
    }
    DateTime::from_timestamp_micros(at.timestamp_micros())
        .ok_or_else(|| "write a time such as 2026-11-03T14:05:00Z".to_owned())
}
