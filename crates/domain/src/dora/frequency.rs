//! Deployment frequency: per day, of the median service, and on how many days of a whole calendar week.

use std::borrow::Borrow;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Bucket, Counts, Range, day::Day, figures::share, percentile_cont, population::Population};

/// Deployment frequency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Frequency {
    /// Counted deployments per day; `None` where no service sends deployments.
    pub per_day: Option<f64>,
    /// Counted deployments.
    pub total: u64,
    /// Deployments per day of the median service, silent ones that deployed before included. The band looks at it.
    pub median_service: Option<f64>,
    /// How many services that median is over.
    pub services: u64,
    /// Median over whole calendar weeks of the number of days with a deployment, empty weeks included.
    pub days_per_week: Option<f64>,
    /// How many whole weeks.
    pub weeks: u64,
    /// Deployments that corrections changed, put in or took out.
    pub corrected: u64,
}

/// A whole calendar week of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub from: NaiveDate,
    /// On how many of its days there was a counted deployment.
    pub days: u8,
}

impl Week {
    /// Its Sunday.
    pub fn last_day(self) -> NaiveDate {
        self.from + TimeDelta::days(6)
    }
}

/// The frequency of a range whose days, in order, are `days`.
pub(super) fn frequency<D: Borrow<Day>>(
    days: &[D],
    counts: Counts,
    range: Range,
    population: &Population,
) -> Frequency {
    let (median, services) = population.median_deploys(days);
    let total = u64::from(counts.counted);
    let length = u64::from(range.days());
    let (days_per_week, weeks) = days_per_week(&weeks(days, range));
    let sends = services > 0;
    Frequency {
        per_day: share(total, length).filter(|_| sends),
        total,
        median_service: median.map(|deploys| deploys / f64::from(range.days())),
        services,
        days_per_week: days_per_week.filter(|_| sends),
        weeks,
        corrected: 0,
    }
}

/// The calendar weeks that lie wholly in a range whose days, in order, are `days`, oldest first: empty ones too.
pub fn weeks<D: Borrow<Day>>(days: &[D], range: Range) -> Vec<Week> {
    let whole = range
        .buckets(Bucket::Week)
        .into_iter()
        .filter(|week| week.days() == 7);
    whole
        .map(|week| {
            let first = usize::try_from((week.from - range.from).num_days()).unwrap_or(0);
            let busy = days.iter().skip(first).take(7).filter(|day| {
                let day: &Day = (*day).borrow();
                !day.services.is_empty()
            });
            Week {
                from: week.from,
                days: u8::try_from(busy.count()).unwrap_or(7),
            }
        })
        .collect()
}

/// The median of the weeks' days, and how many weeks it is over.
fn days_per_week(weeks: &[Week]) -> (Option<f64>, u64) {
    let mut days: Vec<f64> = weeks.iter().map(|week| f64::from(week.days)).collect();
    (percentile_cont(&mut days, 0.5), days.len() as u64)
}
