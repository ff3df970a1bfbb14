//! The timeline's address: its whole state, defaults left out.

use chrono_tz::Tz;
use commands::CommandError;
use domain::{
    deploys::{
        DeployKind, DeployState,
        read::{DeployFilter, DeployOutcome},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{self, ListAddress, Place, given},
    paths,
};

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
    #[serde(flatten)]
    pub place: Place,
}

impl TimelineQuery {
    /// The filter that the query means; days begin in `zone`.
    pub fn filter(&self, zone: Tz) -> Result<DeployFilter, CommandError> {
        let mut errors = FieldErrors::new();
        let (from, to) = address::time_of((&self.from, &self.to), zone, &mut errors);
        let filter = DeployFilter {
            service: given(&self.service),
            team: given(&self.team),
            environment: given(&self.environment),
            class: word(&mut errors, "class", &self.class, EnvironmentClass::parse),
            state: word(&mut errors, "state", &self.state, DeployState::parse),
            kind: word(&mut errors, "kind", &self.kind, DeployKind::parse),
            outcome: word(&mut errors, "outcome", &self.outcome, DeployOutcome::parse),
            from,
            to,
            position: self.place.position(),
            ..DeployFilter::default()
        };
        Ok(errors.or(filter)?)
    }
}

impl ListAddress for TimelineQuery {
    fn path(&self) -> String {
        paths::deploys()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("service", &self.service),
            ("team", &self.team),
            ("environment", &self.environment),
            ("class", &self.class),
            ("state", &self.state),
            ("kind", &self.kind),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}

fn word<T>(
    errors: &mut FieldErrors,
    field: &str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = given(value)?;
    let parsed = parse(&value);
    if parsed.is_none() {
        errors.add(
            field,
            format!("`{value}` is none of the choices; choose one from the list"),
        );
    }
    parsed
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

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
