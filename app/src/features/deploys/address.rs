//! The timeline's address: its whole state, defaults left out.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use commands::CommandError;
use domain::{
    deploys::{
        DeployKind, DeployState,
        read::{DeployFilter, DeployOutcome},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
    page::Position,
};
use serde::Deserialize;

use crate::paths;

/// The query of `/deploys`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TimelineQuery {
    pub service: String,
    pub team: String,
    pub environment: String,
    pub class: String,
    pub state: String,
    pub kind: String,
    pub outcome: String,
    /// First day, in the person's zone.
    pub from: String,
    /// Last day, included.
    pub to: String,
    pub after: String,
    pub before: String,
}

impl TimelineQuery {
    /// The filter that the query means; days begin in `zone`.
    pub fn filter(&self, zone: Tz) -> Result<DeployFilter, CommandError> {
        let mut errors = FieldErrors::new();
        let position = match (text(&self.after), text(&self.before)) {
            (Some(cursor), _) => Position::After(cursor),
            (None, Some(cursor)) => Position::Before(cursor),
            (None, None) => Position::Start,
        };
        let day = |errors: &mut FieldErrors, field: &str, value: &str, add: i64| {
            let value = text(value)?;
            let start = NaiveDate::parse_from_str(&value, "%Y-%m-%d")
                .ok()
                .and_then(|day| day.checked_add_signed(TimeDelta::days(add)))
                .and_then(|day| midnight(day, zone));
            if start.is_none() {
                errors.add(field, "write a day such as 2026-11-03");
            }
            start
        };
        let filter = DeployFilter {
            service: text(&self.service),
            team: text(&self.team),
            environment: text(&self.environment),
            class: word(&mut errors, "class", &self.class, EnvironmentClass::parse),
            state: word(&mut errors, "state", &self.state, DeployState::parse),
            kind: word(&mut errors, "kind", &self.kind, DeployKind::parse),
            outcome: word(&mut errors, "outcome", &self.outcome, DeployOutcome::parse),
            from: day(&mut errors, "from", &self.from, 0),
            to: day(&mut errors, "to", &self.to, 1),
            position,
            ..DeployFilter::default()
        };
        Ok(errors.or(filter)?)
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        self.pairs()[..9]
            .iter()
            .any(|(_, value)| !value.trim().is_empty())
    }

    /// The timeline with this state.
    pub fn href(&self) -> String {
        self.at(&paths::deploys())
    }

    /// Another address with this state: the CSV.
    pub fn at(&self, path: &str) -> String {
        paths::with_query(path, self.pairs())
    }

    /// The first page of the same list, changed.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = Self {
            after: String::new(),
            before: String::new(),
            ..self.clone()
        };
        change(&mut query);
        query
    }

    fn pairs(&self) -> [(&'static str, &String); 11] {
        [
            ("service", &self.service),
            ("team", &self.team),
            ("environment", &self.environment),
            ("class", &self.class),
            ("state", &self.state),
            ("kind", &self.kind),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
            ("before", &self.before),
        ]
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn word<T>(
    errors: &mut FieldErrors,
    field: &str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = text(value)?;
    let parsed = parse(&value);
    if parsed.is_none() {
        errors.add(
            field,
            format!("`{value}` is none of the choices; choose one from the list"),
        );
    }
    parsed
}

/// The first moment of a day in a zone; where a change of clocks swallows midnight, the first one after it.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    (0..=3)
        .filter_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest())
        .map(|at| at.to_utc())
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_in_the_persons_zone() {
        let query = TimelineQuery {
            from: "2026-11-03".into(),
            to: "2026-11-03".into(),
            ..TimelineQuery::default()
        };
        let filter = query.filter(Tz::Europe__Berlin).unwrap();
        assert_eq!(filter.from.unwrap().to_rfc3339(), "2026-11-02T23:00:00+00:00");
        assert_eq!(filter.to.unwrap() - filter.from.unwrap(), TimeDelta::days(1));
    }

    #[test]
    fn an_unknown_word_is_said() {
        let query = TimelineQuery {
            kind: "great".into(),
            ..TimelineQuery::default()
        };
        assert!(query.filter(Tz::UTC).is_err());
        assert!(query.is_filtered());
        assert_eq!(query.href(), "/deploys?kind=great");
    }
}
