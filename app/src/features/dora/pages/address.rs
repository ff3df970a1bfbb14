//! The address is the state: whose figures, of which days, by which edition. Defaults are left out.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use commands::CommandError;
use domain::{
    dora::{Authors, Bands, DEFAULT_EDITION, Metric, Preset, Question, Range, RowSet, Scope},
    error::FieldErrors,
    page::Position,
};
use serde::Deserialize;
use store::Reads;

use crate::paths;

/// The query of every address under `/dora`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Slug of a team.
    pub team: String,
    /// Slug of a service.
    pub service: String,
    /// Length of a range that ends today: 7, 30, 90, 180 or 365.
    pub range: String,
    /// First day of a custom range.
    pub from: String,
    /// Last day of a custom range.
    pub to: String,
    /// Year of the bands.
    pub edition: String,
    /// `without` leaves out the changes of bots.
    pub bots: String,
    /// Metric of the chart.
    pub trend: String,
    /// Metric of the rows.
    pub metric: String,
    /// Which of its rows.
    pub rows: String,
    /// Cursor of the page after.
    pub after: String,
    /// Cursor of the page before.
    pub before: String,
}

/// What the address asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As written, without defaults.
    pub address: Address,
    /// Whose.
    pub scope: Scope,
    /// Their name: "Organisation", a team's or a service's title.
    pub whose: String,
    /// Of which days.
    pub range: Range,
    /// The usual length, unless the range is a custom one.
    pub preset: Option<Preset>,
    /// Over whose changes.
    pub authors: Authors,
    /// The bands.
    pub bands: Bands,
    /// The metric of the chart.
    pub trend: Metric,
}

impl Asked {
    /// What the figures are asked for.
    pub fn question(&self) -> Question {
        Question {
            scope: self.scope,
            range: self.range,
            authors: self.authors,
        }
    }
}

impl Address {
    /// Looks up what the address names.
    pub async fn resolve(self, reads: &Reads, now: DateTime<Utc>, zone: Tz) -> Result<Asked, CommandError> {
        let address = self.without_defaults();
        let (scope, whose) = address.scope(reads).await?;
        let (range, preset) = address.days(now, zone)?;
        let edition = number(&address.edition, "edition", DEFAULT_EDITION)?;
        let bands = reads.dora_bands(edition).await?;
        let bands = bands.ok_or_else(|| {
            invalid(
                "edition",
                "there are no bands of that edition; leave it out for 2023",
            )
        })?;
        let trend = metric(&address.trend, "trend", Metric::LeadTime)?;
        let authors = match address.bots.as_str() {
            "" => Authors::All,
            "without" => Authors::People,
            _ => return Err(invalid("bots", "write without, or leave it out for everyone's changes")),
        };
        Ok(Asked {
            address,
            scope,
            whose,
            range,
            preset,
            authors,
            bands,
            trend,
        })
    }

    fn without_defaults(mut self) -> Self {
        let custom = !self.from.is_empty() || !self.to.is_empty();
        if custom || self.range == Preset::default().days().to_string() {
            self.range.clear();
        }
        if self.edition == DEFAULT_EDITION.to_string() {
            self.edition.clear();
        }
        if self.trend == Metric::LeadTime.as_str() {
            self.trend.clear();
        }
        self
    }

    async fn scope(&self, reads: &Reads) -> Result<(Scope, String), CommandError> {
        if !self.service.is_empty() {
            let service = reads.service(&self.service).await?;
            let service =
                service.ok_or_else(|| CommandError::not_found(format!("service named {}", self.service)))?;
            return Ok((Scope::Service(service.summary.id), service.summary.title));
        }
        if !self.team.is_empty() {
            let team = reads.team(&self.team).await?;
            let team = team.ok_or_else(|| CommandError::not_found(format!("team named {}", self.team)))?;
            return Ok((Scope::Team(team.id), team.title));
        }
        Ok((Scope::Organisation, "Organisation".into()))
    }

    fn days(&self, now: DateTime<Utc>, zone: Tz) -> Result<(Range, Option<Preset>), CommandError> {
        if self.from.is_empty() && self.to.is_empty() {
            let days = number(&self.range, "range", Preset::default().days())?;
            let preset = Preset::of_days(days);
            let preset =
                preset.ok_or_else(|| invalid("range", "choose 7, 30, 90, 180 or 365 days, or two dates"))?;
            return Ok((Range::last(preset.days(), now, zone), Some(preset)));
        }
        let today = now.with_timezone(&zone).date_naive();
        let last = if self.to.is_empty() {
            today
        } else {
            day(&self.to, "to")?
        };
        let first = if self.from.is_empty() {
            last
        } else {
            day(&self.from, "from")?
        };
        let range = Range::custom(first, last, zone).map_err(|error| invalid("from", &error.to_string()))?;
        Ok((range, None))
    }

    /// What every address under `/dora` carries: whose, when, which edition, whose changes.
    fn frame(&self) -> [(&'static str, &str); 7] {
        [
            ("team", &self.team),
            ("service", &self.service),
            ("range", &self.range),
            ("from", &self.from),
            ("to", &self.to),
            ("edition", &self.edition),
            ("bots", &self.bots),
        ]
    }

    /// `/dora` with the chart of a metric.
    pub fn overview(&self, trend: Metric) -> String {
        let trend = if trend == Metric::LeadTime {
            ""
        } else {
            trend.as_str()
        };
        paths::with_query(&paths::dora(), self.frame().into_iter().chain([("trend", trend)]))
    }

    /// The table of all figures, for spreadsheets.
    pub fn overview_csv(&self) -> String {
        paths::with_query(&paths::dora_csv(), self.frame())
    }

    /// The rows of a set.
    pub fn rows(&self, metric: Metric, set: RowSet) -> String {
        self.rows_at(&paths::dora_rows(), metric, set, &Position::Start)
    }

    /// The same rows for spreadsheets.
    pub fn rows_csv(&self, metric: Metric, set: RowSet) -> String {
        self.rows_at(&paths::dora_rows_csv(), metric, set, &Position::Start)
    }

    /// A page of them.
    pub fn rows_at(&self, path: &str, metric: Metric, set: RowSet, position: &Position) -> String {
        let usual = RowSet::of(metric).first() == Some(&set);
        let (after, before) = match position {
            Position::Start => ("", ""),
            Position::After(cursor) => (cursor.as_str(), ""),
            Position::Before(cursor) => ("", cursor.as_str()),
        };
        let rows = if usual { "" } else { set.as_str() };
        let own = [
            ("metric", metric.as_str()),
            ("rows", rows),
            ("after", after),
            ("before", before),
        ];
        paths::with_query(path, self.frame().into_iter().chain(own))
    }

    /// The same address of other days.
    #[must_use]
    pub fn of_days(&self, from: NaiveDate, last: NaiveDate) -> Self {
        Self {
            range: String::new(),
            from: from.to_string(),
            to: last.to_string(),
            ..self.clone()
        }
    }

    /// The same address of a team.
    #[must_use]
    pub fn of_team(&self, slug: &str) -> Self {
        Self {
            team: slug.to_owned(),
            service: String::new(),
            ..self.clone()
        }
    }

    /// The same address of a service.
    #[must_use]
    pub fn of_service(&self, slug: &str) -> Self {
        Self {
            team: String::new(),
            service: slug.to_owned(),
            ..self.clone()
        }
    }

    /// The metric and the set that a page of rows shows.
    pub fn asked_rows(&self) -> Result<(Metric, RowSet), CommandError> {
        let metric = metric(&self.metric, "metric", Metric::Frequency)?;
        let sets = RowSet::of(metric);
        let set = match self.rows.as_str() {
            "" => sets.first().copied(),
            word => RowSet::parse(word).filter(|set| sets.contains(set)),
        };
        Ok((
            metric,
            set.ok_or_else(|| {
                invalid(
                    "rows",
                    "this metric has no such rows; leave it out for all of them",
                )
            })?,
        ))
    }

    /// Where the page starts.
    pub fn position(&self) -> Position {
        match (self.after.is_empty(), self.before.is_empty()) {
            (false, _) => Position::After(self.after.clone()),
            (true, false) => Position::Before(self.before.clone()),
            (true, true) => Position::Start,
        }
    }
}

fn invalid(field: &str, message: &str) -> CommandError {
    CommandError::Invalid(FieldErrors::one(field, message))
}

fn number<T: std::str::FromStr>(text: &str, field: &str, default: T) -> Result<T, CommandError> {
    if text.is_empty() {
        return Ok(default);
    }
    text.parse().map_err(|_| invalid(field, "write a whole number"))
}

fn metric(text: &str, field: &str, default: Metric) -> Result<Metric, CommandError> {
    if text.is_empty() {
        return Ok(default);
    }
    let words = "choose one of frequency, lead_time, change_fail_rate, recovery, rework";
    Metric::parse(text).ok_or_else(|| invalid(field, words))
}

fn day(text: &str, field: &str) -> Result<NaiveDate, CommandError> {
    text.parse()
        .map_err(|_| invalid(field, "write a day such as 2026-11-03"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_left_out_of_addresses() {
        let address = Address {
            team: "payments".into(),
            range: "90".into(),
            edition: "2023".into(),
            trend: "lead_time".into(),
            ..Address::default()
        };
        let address = address.without_defaults();
        assert_eq!(address.overview(Metric::LeadTime), "/dora?team=payments");
        assert_eq!(
            address.overview(Metric::Rework),
            "/dora?team=payments&trend=rework"
        );
        assert_eq!(
            address.rows(Metric::ChangeFailRate, RowSet::Failed),
            "/dora/rows?team=payments&metric=change_fail_rate"
        );
        assert_eq!(
            address.rows(Metric::ChangeFailRate, RowSet::Mature),
            "/dora/rows?team=payments&metric=change_fail_rate&rows=mature"
        );
    }

    #[test]
    fn rows_of_another_metric_are_refused() {
        let address = |rows: &str| Address {
            metric: "recovery".into(),
            rows: rows.into(),
            ..Address::default()
        };
        assert!(address("open").asked_rows().is_ok());
        assert!(address("changes").asked_rows().is_err());
    }
}
