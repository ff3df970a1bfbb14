//! What an address asks for: looked up, checked, with words for what cannot be.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use commands::CommandError;
use domain::{
    dora::{Authors, Bands, DEFAULT_EDITION, Metric, Preset, Question, Range, RowSet, Scope},
    error::FieldErrors,
};
use store::Reads;

use super::address::Address;

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
            _ => {
                return Err(invalid(
                    "bots",
                    "write without, or leave it out for everyone's changes",
                ));
            }
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
