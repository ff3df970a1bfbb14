//! How many rows of a figure people's corrections changed, put in or took out.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Authors, Metric, Question};

/// A row of a figure that is there, was there, or is otherwise there, because of a correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectedRow {
    /// Whose row.
    pub metric: Metric,
    /// The deploy that it is, or that carried the change.
    pub deploy: Uuid,
    /// Its service.
    pub service: Uuid,
    /// The change, where the figure's rows are changes.
    pub change: Option<String>,
    /// As [`super::DeployFact::group`].
    pub group: Uuid,
    /// The time that puts it into a day.
    pub at: DateTime<Utc>,
    /// Whether a bot wrote the change.
    pub by_bot: bool,
    /// Whether it is in the cohort of the fail rate by now.
    pub mature: bool,
}

/// The corrected rows of a scope. There are few: people make them one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected(pub Vec<CorrectedRow>);

impl Corrected {
    /// How many rows of a metric in a question's range. One that was moved within the range is one.
    pub(super) fn count(&self, metric: Metric, asked: &Question) -> u64 {
        self.distinct(metric, asked, |_| true)
    }

    /// The same among the rows of one group.
    pub(super) fn count_of(&self, group: Uuid, metric: Metric, asked: &Question) -> u64 {
        self.distinct(metric, asked, |row| row.group == group)
    }

    fn distinct(&self, metric: Metric, asked: &Question, which: impl Fn(&CorrectedRow) -> bool) -> u64 {
        let range = asked.range.start()..asked.range.end();
        let within = |row: &&CorrectedRow| {
            let shown = match metric {
                Metric::LeadTime => asked.authors == Authors::All || !row.by_bot,
                Metric::ChangeFailRate => row.mature,
                Metric::Frequency | Metric::Recovery | Metric::Rework => true,
            };
            row.metric == metric && shown && range.contains(&row.at) && which(row)
        };
        let rows = self.0.iter().filter(within);
        let distinct: BTreeSet<(Uuid, &str)> = rows
            .map(|row| match &row.change {
                Some(change) => (row.service, change.as_str()),
                None => (row.deploy, ""),
            })
            .collect();
        distinct.len() as u64
    }
}
