//! The address is the state: whose figures, of which days, by which edition. Defaults are left out.

use chrono::NaiveDate;
use domain::{
    dora::{DEFAULT_EDITION, Metric, Preset, RowSet},
    page::Position,
};
use serde::Deserialize;

use super::words::WEEKS;
use crate::{paths, query::Known};

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

impl Address {
    /// The same with every default left out.
    pub(super) fn without_defaults(mut self) -> Self {
        let custom = !self.from.is_empty() || !self.to.is_empty();
        if custom || self.range == Preset::default().days().to_string() {
            self.range.clear();
        }
        // A service is narrower than a team.
        if !self.service.is_empty() {
            self.team.clear();
        }
        if self.edition == DEFAULT_EDITION.to_string() {
            self.edition.clear();
        }
        if self.trend == Metric::LeadTime.as_str() {
            self.trend.clear();
        }
        self
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

    /// The weeks that deployment days are counted in, above the deployments themselves.
    pub fn weeks(&self) -> String {
        format!("{}#{WEEKS}", self.rows(Metric::Frequency, RowSet::Counted))
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

    /// The same address of the whole organisation.
    #[must_use]
    pub fn of_all(&self) -> Self {
        Self {
            team: String::new(),
            service: String::new(),
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

    /// Where the page starts.
    pub fn position(&self) -> Position {
        match (self.after.is_empty(), self.before.is_empty()) {
            (false, _) => Position::After(self.after.clone()),
            (true, false) => Position::Before(self.before.clone()),
            (true, true) => Position::Start,
        }
    }
}

impl Known for Address {
    fn names(path: &str) -> Option<Vec<&'static str>> {
        let address = Self::default();
        let frame = address.frame().map(|(name, _)| name).into_iter();
        let own: &[&str] = if path == paths::dora_rows() || path == paths::dora_rows_csv() {
            &["metric", "rows", "after", "before"]
        } else {
            &["trend"]
        };
        Some(frame.chain(own.iter().copied()).collect())
    }
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
