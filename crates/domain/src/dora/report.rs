//! Everything the page of one scope and range shows: figures, the period before, the trend, the distribution, the groups.

use std::{borrow::Borrow, collections::HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Bucket, Counts, FailRate, Figures, Range, Rework, Spread,
    column::Column,
    day::Day,
    figures::{counts, fail_rate, rework, share, spread},
    percentile_cont,
};

/// The services that the figures of a scope are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Numbers of the services that had sent a counted deployment by the end of the range.
    pub sending: Vec<u32>,
    /// All services of the scope.
    pub services: u64,
}

impl Population {
    /// The median number of deployments per service in some days, and how many services that is over: those that send,
    /// with zero for the silent ones, and any other that deployed on these days.
    pub(super) fn median_deploys<D: Borrow<Day>>(&self, days: &[D]) -> (Option<f64>, u64) {
        let seen = days
            .iter()
            .filter_map(|day| (*day).borrow().services.last())
            .max();
        let size = self
            .sending
            .iter()
            .chain(seen)
            .max()
            .map_or(0, |number| *number as usize + 1);
        let mut deploys = vec![0_u32; size];
        let mut sends = vec![false; size];
        for service in &self.sending {
            sends[*service as usize] = true;
        }
        for service in days.iter().flat_map(|day| (*day).borrow().services.iter()) {
            deploys[*service as usize] += 1;
            sends[*service as usize] = true;
        }
        let of_senders = deploys.iter().zip(&sends).filter(|(_, sends)| **sends);
        let mut values: Vec<f64> = of_senders.map(|(deploys, _)| f64::from(*deploys)).collect();
        (percentile_cont(&mut values, 0.5), values.len() as u64)
    }
}

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

/// One line of the table below the figures: a team of the organisation, or a service of a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// The team or service; nil for services without a team.
    pub id: Uuid,
    /// Its slug and title; the store fills them in, and leaves them out for nil.
    pub name: Option<GroupName>,
    /// Counted deployments.
    pub deploys: u64,
    /// The same per day.
    pub per_day: Option<f64>,
    /// Lead time.
    pub lead_time: Spread,
    /// Fail rate.
    pub change_fail_rate: FailRate,
    /// Recovery.
    pub recovery: Spread,
    /// Failed and not restored.
    pub open: u64,
    /// Rework.
    pub rework: Rework,
}

/// What a group is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupName {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub title: String,
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
    /// The report of a range from its days and those of the range before, each in order.
    ///
    /// `coverage` brings what days do not know; the counts that they do know are filled in here.
    pub fn of<D: Borrow<Day>>(
        range: Range,
        days: (&[D], &[D]),
        population: (&Population, &Population),
        coverage: Coverage,
    ) -> Self {
        Self {
            groups: Group::all(days.0, range),
            ..Self::without_groups(range, days, population, coverage)
        }
    }

    /// The same without the groups, which take as long as all the rest and can be computed beside it.
    pub fn without_groups<D: Borrow<Day>>(
        range: Range,
        days: (&[D], &[D]),
        population: (&Population, &Population),
        coverage: Coverage,
    ) -> Self {
        let (now, before) = days;
        let figures = Figures::of(now, range, population.0);
        let bucket = Bucket::for_range(range);
        let sending = figures.frequency.services;
        Self {
            figures,
            previous: Figures::of(before, range.previous(), population.1),
            bucket,
            trend: trend(now, range, bucket, sending > 0),
            distribution: distribution(now),
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

fn trend<D: Borrow<Day>>(days: &[D], range: Range, bucket: Bucket, sends: bool) -> Vec<Point> {
    let mut rest = days;
    let mut points = Vec::new();
    for part in range.buckets(bucket) {
        let (days, later) = rest.split_at((part.days() as usize).min(rest.len()));
        rest = later;
        let counts = counts(days);
        let deploys = u64::from(counts.counted);
        points.push(Point {
            from: part.from,
            to: part.to,
            deploys,
            per_day: share(deploys, u64::from(part.days())).filter(|_| sends),
            lead_time: spread(days, |day| &day.lead),
            change_fail_rate: fail_rate(counts),
            recovery: spread(days, |day| &day.recovery),
            rework: rework(counts),
        });
    }
    points
}

fn distribution<D: Borrow<Day>>(days: &[D]) -> Vec<Bin> {
    let columns: Vec<&Column> = days.iter().map(|day| &(*day).borrow().lead).collect();
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

#[derive(Default)]
struct Gathered {
    counts: Counts,
    lead: Vec<f64>,
    recovery: Vec<f64>,
}

impl Group {
    /// Every group of some days, most deployments first.
    pub fn all<D: Borrow<Day>>(days: &[D], range: Range) -> Vec<Self> {
        groups(days, range)
    }
}

fn groups<D: Borrow<Day>>(days: &[D], range: Range) -> Vec<Group> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut gathered: Vec<(Uuid, Gathered)> = Vec::new();
    for day in days.iter().map(|day| (*day).borrow()) {
        let place_of = |id: &Uuid| {
            *places.entry(*id).or_insert_with(|| {
                gathered.push((*id, Gathered::default()));
                gathered.len() - 1
            })
        };
        let here: Vec<usize> = day.groups.iter().map(place_of).collect();
        for (place, counts) in here.iter().zip(&day.counts) {
            gathered[*place].1.counts = gathered[*place].1.counts + *counts;
        }
        for (value, group) in day.lead.iter().zip(&day.lead_groups) {
            gathered[here[*group as usize]].1.lead.push(value);
        }
        for (value, group) in day.recovery.iter().zip(&day.recovery_groups) {
            gathered[here[*group as usize]].1.recovery.push(value);
        }
    }
    let mut groups: Vec<Group> = gathered
        .into_iter()
        .map(|(id, of)| group(id, of, range))
        .collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.deploys), group.id));
    groups
}

fn group(id: Uuid, mut of: Gathered, range: Range) -> Group {
    let deploys = u64::from(of.counts.counted);
    Group {
        id,
        name: None,
        deploys,
        per_day: share(deploys, u64::from(range.days())),
        lead_time: Spread::of(&mut of.lead),
        change_fail_rate: fail_rate(of.counts),
        recovery: Spread::of(&mut of.recovery),
        open: u64::from(of.counts.open),
        rework: rework(of.counts),
    }
}
