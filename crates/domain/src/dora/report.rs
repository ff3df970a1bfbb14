//! Everything the page of one scope and range shows: figures, the period before, the trend, the distribution, the groups.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::{
    Bucket, FailRate, Figures, Group, Metric, Population, Question, Rework, Spread, Week,
    column::Column,
    day::Day,
    figures::{changes, counts, fail_rate, lead_spread, rework, share, spread},
    frequency::weeks,
};

/// How far the figures can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// All services of the scope.
    pub services: u64,
    /// Of these, services that never sent a counted deployment.
    pub silent_services: u64,
    /// Changes whose first commit is not known.
    pub unknown_changes: u64,
    /// Counted deployments whose changes are not all known.
    pub unknown_deploys: u64,
    /// Deployments that match no service yet; counted for the organisation only.
    pub unmatched: u64,
    /// Deploys of the range that a person corrected, excluded ones too.
    pub corrections: u64,
}

/// One point of the trend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    /// First day.
    pub from: chrono::NaiveDate,
    /// The day after the last.
    pub to: chrono::NaiveDate,
    /// Counted deployments.
    pub deploys: u64,
    /// The same per day; `None` where no service sends deployments.
    pub per_day: Option<f64>,
    /// Lead time.
    pub lead_time: Spread,
    /// Fail rate.
    pub change_fail_rate: FailRate,
    /// Recovery.
    pub recovery: Spread,
    /// Rework.
    pub rework: Rework,
}

/// How many changes took how long: `from ≤ lead time < to`, seconds; no `to` is no upper limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bin {
    /// Lower limit.
    pub from: f64,
    /// Upper limit.
    pub to: Option<f64>,
    /// Changes.
    pub n: u64,
}

/// What the page of one scope and range shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Of the range.
    pub figures: Figures,
    /// Of the range of the same length before it.
    pub previous: Figures,
    /// What one point of the trend covers.
    pub bucket: Bucket,
    /// The trend, oldest first.
    pub trend: Vec<Point>,
    /// The weeks that the deployment days are the median of, oldest first.
    pub weeks: Vec<Week>,
    /// The distribution of lead times.
    pub distribution: Vec<Bin>,
    /// Teams or services, most deployments first.
    pub groups: Vec<Group>,
    /// What is missing.
    pub coverage: Coverage,
}

/// Limits of the distribution's bins in hours: doubling steps up to a day, then days and weeks, as people speak of them.
const BIN_HOURS: [u32; 12] = [0, 1, 4, 8, 24, 48, 96, 168, 336, 672, 1344, 2688];

impl Report {
    /// The report of a question from the days of its range and those of the range before, each in order.
    ///
    /// `coverage` brings what days do not know; the counts that they do know are filled in here.
    pub fn of<D: Borrow<Day>>(
        asked: &Question,
        days: (&[D], &[D]),
        population: (&Population, &Population),
        coverage: Coverage,
    ) -> Self {
        Self {
            groups: Group::all(days.0, asked, &population.0.corrected),
            ..Self::without_groups(asked, days, population, coverage)
        }
    }

    /// The same without the groups, which take as long as all the rest and can be computed beside it.
    pub fn without_groups<D: Borrow<Day>>(
        asked: &Question,
        days: (&[D], &[D]),
        population: (&Population, &Population),
        coverage: Coverage,
    ) -> Self {
        let (now, before) = days;
        let figures = Figures::of(now, asked, population.0);
        let bucket = Bucket::for_range(asked.range);
        let sending = figures.frequency.services;
        Self {
            figures,
            previous: Figures::of(before, &asked.previous(), population.1),
            bucket,
            trend: trend(now, (asked, population.0), bucket, sending > 0),
            weeks: weeks(now, asked.range),
            distribution: distribution(now, asked),
            groups: Vec::new(),
            coverage: Coverage {
                services: population.0.services,
                silent_services: population.0.services.saturating_sub(sending),
                unknown_changes: figures.lead_time.unknown,
                unknown_deploys: u64::from(counts(now).changes_unknown),
                ..coverage
            },
        }
    }
}

fn trend<D: Borrow<Day>>(
    days: &[D],
    (asked, population): (&Question, &Population),
    bucket: Bucket,
    sends: bool,
) -> Vec<Point> {
    let mut rest = days;
    let mut points = Vec::new();
    for part in asked.range.buckets(bucket) {
        let (days, later) = rest.split_at((part.days() as usize).min(rest.len()));
        rest = later;
        let counts = counts(days);
        let deploys = u64::from(counts.counted);
        let asked_here = Question {
            range: part,
            ..*asked
        };
        let corrected = |metric| population.corrected.count(metric, &asked_here);
        points.push(Point {
            from: part.from,
            to: part.to,
            deploys,
            per_day: share(deploys, u64::from(part.days())).filter(|_| sends),
            lead_time: lead_spread(&changes(days, asked)),
            change_fail_rate: FailRate {
                corrected: corrected(Metric::ChangeFailRate),
                ..fail_rate(counts)
            },
            recovery: spread(days, |day| &day.recovery.all),
            rework: Rework {
                corrected: corrected(Metric::Rework),
                ..rework(counts)
            },
        });
    }
    points
}

fn distribution<D: Borrow<Day>>(days: &[D], asked: &Question) -> Vec<Bin> {
    let changes = changes(days, asked);
    let columns: Vec<&Column> = changes.iter().map(|of| &of.lead.all).collect();
    let below = |limit: f64| -> u64 {
        columns
            .iter()
            .map(|column| column.up_to(limit.next_down()) as u64)
            .sum()
    };
    let limits = BIN_HOURS.map(|hours| f64::from(hours) * 3600.0);
    let all: u64 = columns.iter().map(|column| column.len() as u64).sum();
    let mut bins: Vec<Bin> = limits
        .windows(2)
        .map(|pair| Bin {
            from: pair[0],
            to: Some(pair[1]),
            n: below(pair[1]) - below(pair[0]),
        })
        .collect();
    let last = limits[limits.len() - 1];
    bins.push(Bin {
        from: last,
        to: None,
        n: all - below(last),
    });
    // A negative lead time cannot be made by the derivation; were there one, it would still be counted once.
    bins[0].n += below(0.0);
    bins
}
