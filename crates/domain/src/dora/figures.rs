//! The five metrics of some days. No data is `None`, never zero; counts stand beside every share and median.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::{
    Counts, Interval, Metric, Question, STAGES, Spread,
    changes::Changes,
    column::Column,
    day::Day,
    frequency::{Frequency, frequency},
    population::Population,
};

/// Change lead time. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadTime {
    /// First commit → full promotion.
    pub total: Spread,
    /// Where the true value lies in 95 of 100 cases, from n alone.
    pub likely: Option<Interval>,
    /// Merged → full promotion.
    pub delivery: Spread,
    /// The stages, in the order of [`super::Stage::ALL`]. Their medians do not sum to the median.
    pub stages: [Spread; STAGES],
    /// Share of each stage in all the time of changes whose stages are all known; `None` without such changes.
    pub shares: Option<[f64; STAGES]>,
    /// Changes whose first commit is not known: not in `total`.
    pub unknown: u64,
    /// Changes that corrections of their deploys changed, put in or took out.
    pub corrected: u64,
}

/// Change fail rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailRate {
    /// Failed of mature, in [0, 1]; `None` without mature deployments.
    pub share: Option<f64>,
    /// Where the true value lies in 95 of 100 cases, from n alone.
    pub likely: Option<Interval>,
    /// Mature deployments that failed.
    pub failed: u64,
    /// Counted deployments exposed at least 24 h ago: the cohort.
    pub mature: u64,
    /// Counted deployments exposed less than 24 h ago: not in the cohort.
    pub immature: u64,
    /// Of the immature, failed already.
    pub immature_failed: u64,
    /// Deployments of the cohort that corrections changed, put in or took out.
    pub corrected: u64,
}

/// Failed deployment recovery time. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recovery {
    /// Exposure → restored.
    pub total: Spread,
    /// Where the true value lies in 95 of 100 cases, from n alone.
    pub likely: Option<Interval>,
    /// Exposure → first sign of the failure.
    pub detection: Spread,
    /// First sign → restored.
    pub repair: Spread,
    /// Failed deployments that are not restored: not in `total`.
    pub open: u64,
    /// Recoveries that corrections changed, put in or took out.
    pub corrected: u64,
}

/// Deployment rework rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rework {
    /// Unplanned of counted, in [0, 1]; `None` without counted deployments.
    pub share: Option<f64>,
    /// Where the true value lies in 95 of 100 cases, from n alone.
    pub likely: Option<Interval>,
    /// Unplanned deployments.
    pub unplanned: u64,
    /// Counted deployments.
    pub counted: u64,
    /// Deployments of the counted that corrections changed, put in or took out.
    pub corrected: u64,
}

/// The five metrics of one scope and range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Deployment frequency.
    pub frequency: Frequency,
    /// Change lead time.
    pub lead_time: LeadTime,
    /// Change fail rate.
    pub change_fail_rate: FailRate,
    /// Failed deployment recovery time.
    pub recovery: Recovery,
    /// Deployment rework rate.
    pub rework: Rework,
}

impl Figures {
    /// The figures of a question's range whose days, in order, are `days`.
    pub fn of<D: Borrow<Day>>(days: &[D], asked: &Question, population: &Population) -> Self {
        let counts = counts(days);
        let corrected = |metric| population.corrected.count(metric, asked);
        Self {
            frequency: Frequency {
                corrected: corrected(Metric::Frequency),
                ..frequency(days, counts, asked.range, population)
            },
            lead_time: LeadTime {
                corrected: corrected(Metric::LeadTime),
                ..lead_time(&changes(days, asked))
            },
            change_fail_rate: FailRate {
                corrected: corrected(Metric::ChangeFailRate),
                ..fail_rate(counts)
            },
            recovery: Recovery {
                corrected: corrected(Metric::Recovery),
                ..recovery(days, counts)
            },
            rework: Rework {
                corrected: corrected(Metric::Rework),
                ..rework(counts)
            },
        }
    }
}

impl Figures {
    /// How many rows of a metric people's corrections changed, put in or took out.
    pub fn corrected(&self, metric: Metric) -> u64 {
        match metric {
            Metric::Frequency => self.frequency.corrected,
            Metric::LeadTime => self.lead_time.corrected,
            Metric::ChangeFailRate => self.change_fail_rate.corrected,
            Metric::Recovery => self.recovery.corrected,
            Metric::Rework => self.rework.corrected,
        }
    }

    /// Where the true value of a metric lies in 95 of 100 cases; a frequency is counted, not sampled.
    pub fn likely(&self, metric: Metric) -> Option<Interval> {
        match metric {
            Metric::Frequency => None,
            Metric::LeadTime => self.lead_time.likely,
            Metric::ChangeFailRate => self.change_fail_rate.likely,
            Metric::Recovery => self.recovery.likely,
            Metric::Rework => self.rework.likely,
        }
    }
}

pub(super) fn counts<D: Borrow<Day>>(days: &[D]) -> Counts {
    days.iter()
        .fold(Counts::default(), |sum, day| sum + day.borrow().total())
}

/// The changes that a question is about, of some days.
pub(super) fn changes<'a, D: Borrow<Day>>(days: &'a [D], asked: &Question) -> Vec<&'a Changes> {
    let of_day = |day: &'a D| day.borrow().changes(asked.authors);
    days.iter().flat_map(of_day).collect()
}

/// The spread of one column of each day.
pub(super) fn spread<D: Borrow<Day>>(days: &[D], column: impl Fn(&Day) -> &Column) -> Spread {
    Spread::of_columns(days.iter().map(|day| column(day.borrow())))
}

/// The spread of lead times.
pub(super) fn lead_spread(changes: &[&Changes]) -> Spread {
    Spread::of_columns(changes.iter().map(|changes| &changes.lead.all))
}

/// `part ÷ whole`; `None` when there is no whole.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn lead_time(changes: &[&Changes]) -> LeadTime {
    let sum = |part: fn(&Changes) -> u32| changes.iter().map(|of| u64::from(part(of))).sum();
    let mut millis = [0_i64; STAGES];
    for of in changes {
        for (sum, part) in millis.iter_mut().zip(of.complete_millis) {
            *sum = sum.saturating_add(part);
        }
    }
    LeadTime {
        total: lead_spread(changes),
        likely: Interval::of_median(changes.iter().map(|changes| &changes.lead.all)),
        delivery: Spread::of_columns(changes.iter().map(|of| &of.delivery)),
        stages: std::array::from_fn(|stage| Spread::of_columns(changes.iter().map(|of| &of.stages[stage]))),
        shares: shares(millis),
        unknown: sum(|of| of.unknown),
        corrected: 0,
    }
}

fn shares(millis: [i64; STAGES]) -> Option<[f64; STAGES]> {
    let parts = millis.map(|part| u64::try_from(part).unwrap_or(0));
    let whole = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    (whole > 0).then(|| parts.map(|part| share(part, whole).unwrap_or(0.0)))
}

pub(super) fn fail_rate(counts: Counts) -> FailRate {
    let mature = u64::from(counts.counted - counts.immature);
    FailRate {
        share: share(u64::from(counts.failed), mature),
        likely: Interval::of_share(u64::from(counts.failed), mature),
        failed: u64::from(counts.failed),
        mature,
        immature: u64::from(counts.immature),
        immature_failed: u64::from(counts.immature_failed),
        corrected: 0,
    }
}

fn recovery<D: Borrow<Day>>(days: &[D], counts: Counts) -> Recovery {
    Recovery {
        total: spread(days, |day| &day.recovery.all),
        likely: Interval::of_median(days.iter().map(|day| &(*day).borrow().recovery.all)),
        detection: spread(days, |day| &day.detection),
        repair: spread(days, |day| &day.repair),
        open: u64::from(counts.open),
        corrected: 0,
    }
}

pub(super) fn rework(counts: Counts) -> Rework {
    let counted = u64::from(counts.counted);
    Rework {
        share: share(u64::from(counts.rework), counted),
        likely: Interval::of_share(u64::from(counts.rework), counted),
        unplanned: u64::from(counts.rework),
        counted,
        corrected: 0,
    }
}
