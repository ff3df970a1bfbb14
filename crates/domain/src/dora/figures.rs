//! The five metrics of some days. No data is `None`, never zero; counts stand beside every share and median.

use std::{borrow::Borrow, ops::Add};

use serde::{Deserialize, Serialize};

use super::{
    DeployFact, Range, STAGES,
    column::{self, Column},
    day::Day,
    packed::{Number, Unreadable},
    percentile::two_percentiles,
    percentile_cont,
    report::Population,
};

/// What is counted among deployments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Counted deployments.
    pub counted: u32,
    /// Of these, corrected by a person.
    pub corrected: u32,
    /// Of the counted, exposed less than 24 h ago.
    pub immature: u32,
    /// Of the immature, failed already.
    pub immature_failed: u32,
    /// Of the immature, corrected.
    pub immature_corrected: u32,
    /// Of the mature, failed.
    pub failed: u32,
    /// Of all failed, not restored yet.
    pub open: u32,
    /// Of all failed and restored, corrected.
    pub restored_corrected: u32,
    /// Unplanned.
    pub rework: u32,
    /// Whose changes are not all known.
    pub changes_unknown: u32,
}

const NUMBERS: usize = 10;

impl Counts {
    pub(super) fn note(&mut self, deploy: &DeployFact, mature: bool) {
        let failed = deploy.failure.is_some();
        let restored = deploy
            .failure
            .is_some_and(|failure| failure.restored_at.is_some());
        self.counted += 1;
        self.corrected += u32::from(deploy.corrected);
        self.immature += u32::from(!mature);
        self.immature_failed += u32::from(!mature && failed);
        self.immature_corrected += u32::from(!mature && deploy.corrected);
        self.failed += u32::from(mature && failed);
        self.open += u32::from(failed && !restored);
        self.restored_corrected += u32::from(restored && deploy.corrected);
        self.rework += u32::from(deploy.rework);
        self.changes_unknown += u32::from(!deploy.changes_known);
    }

    pub(super) fn numbers(self) -> [u32; NUMBERS] {
        [
            self.counted,
            self.corrected,
            self.immature,
            self.immature_failed,
            self.immature_corrected,
            self.failed,
            self.open,
            self.restored_corrected,
            self.rework,
            self.changes_unknown,
        ]
    }

    fn of_numbers(numbers: [u32; NUMBERS]) -> Self {
        let [
            counted,
            corrected,
            immature,
            immature_failed,
            immature_corrected,
            failed,
            open,
            restored_corrected,
            rework,
            changes_unknown,
        ] = numbers;
        Self {
            counted,
            corrected,
            immature,
            immature_failed,
            immature_corrected,
            failed,
            open,
            restored_corrected,
            rework,
            changes_unknown,
        }
    }

    pub(super) fn take(bytes: &mut &[u8]) -> Result<Self, Unreadable> {
        let mut numbers = [0; NUMBERS];
        for number in &mut numbers {
            *number = Number::take(bytes)?;
        }
        Ok(Self::of_numbers(numbers))
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (ours, theirs) = (self.numbers(), other.numbers());
        Self::of_numbers(std::array::from_fn(|index| ours[index] + theirs[index]))
    }
}

/// Median, p90 and how many values they were made of. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spread {
    /// `percentile_cont(0.5)`.
    pub median: Option<f64>,
    /// `percentile_cont(0.9)`.
    pub p90: Option<f64>,
    /// How many values.
    pub n: u64,
}

impl Spread {
    pub(super) fn of_columns(columns: &[&Column]) -> Self {
        Self {
            median: column::percentile(columns, 0.5),
            p90: column::percentile(columns, 0.9),
            n: column::total(columns) as u64,
        }
    }

    /// Of values in any order, which are moved about.
    pub fn of(values: &mut [f64]) -> Self {
        let both = two_percentiles(values, (0.5, 0.9));
        Self {
            median: both.map(|(median, _)| median),
            p90: both.map(|(_, p90)| p90),
            n: values.len() as u64,
        }
    }
}

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
    /// Corrected deployments among them.
    pub corrected: u64,
}

/// Change lead time. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadTime {
    /// First commit → full promotion.
    pub total: Spread,
    /// Merged → full promotion.
    pub delivery: Spread,
    /// The stages, in the order of [`super::Stage::ALL`]. Their medians do not sum to the median.
    pub stages: [Spread; STAGES],
    /// Share of each stage in all the time of changes whose stages are all known; `None` without such changes.
    pub shares: Option<[f64; STAGES]>,
    /// Changes whose first commit is not known: not in `total`.
    pub unknown: u64,
    /// Changes of corrected deploys in `total`.
    pub corrected: u64,
}

/// Change fail rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailRate {
    /// Failed of mature, in [0, 1]; `None` without mature deployments.
    pub share: Option<f64>,
    /// Mature deployments that failed.
    pub failed: u64,
    /// Counted deployments exposed at least 24 h ago: the cohort.
    pub mature: u64,
    /// Counted deployments exposed less than 24 h ago: not in the cohort.
    pub immature: u64,
    /// Of the immature, failed already.
    pub immature_failed: u64,
    /// Corrected deployments in the cohort.
    pub corrected: u64,
}

/// Failed deployment recovery time. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recovery {
    /// Exposure → restored.
    pub total: Spread,
    /// Exposure → first sign of the failure.
    pub detection: Spread,
    /// First sign → restored.
    pub repair: Spread,
    /// Failed deployments that are not restored: not in `total`.
    pub open: u64,
    /// Corrected deployments in `total`.
    pub corrected: u64,
}

/// Deployment rework rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rework {
    /// Unplanned of counted, in [0, 1]; `None` without counted deployments.
    pub share: Option<f64>,
    /// Unplanned deployments.
    pub unplanned: u64,
    /// Counted deployments.
    pub counted: u64,
    /// Corrected deployments among the counted.
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
    /// The figures of a range whose days, in order, are `days`.
    pub fn of<D: Borrow<Day>>(days: &[D], range: Range, population: &Population) -> Self {
        let counts = counts(days);
        Self {
            frequency: frequency(days, counts, range, population),
            lead_time: lead_time(days),
            change_fail_rate: fail_rate(counts),
            recovery: recovery(days, counts),
            rework: rework(counts),
        }
    }
}

pub(super) fn counts<D: Borrow<Day>>(days: &[D]) -> Counts {
    days.iter()
        .fold(Counts::default(), |sum, day| sum + day.borrow().total())
}

pub(super) fn spread<D: Borrow<Day>>(days: &[D], column: impl Fn(&Day) -> &Column) -> Spread {
    let columns: Vec<&Column> = days.iter().map(|day| column(day.borrow())).collect();
    Spread::of_columns(&columns)
}

/// `part ÷ whole`; `None` when there is no whole.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn frequency<D: Borrow<Day>>(days: &[D], counts: Counts, range: Range, population: &Population) -> Frequency {
    let (median, services) = population.median_deploys(days);
    let total = u64::from(counts.counted);
    let length = u64::from(range.days());
    let (days_per_week, weeks) = days_per_week(days, range);
    let sends = services > 0;
    Frequency {
        per_day: share(total, length).filter(|_| sends),
        total,
        median_service: median.map(|deploys| deploys / f64::from(range.days())),
        services,
        days_per_week: days_per_week.filter(|_| sends),
        weeks,
        corrected: u64::from(counts.corrected),
    }
}

/// Median over the calendar weeks that lie wholly in the range.
fn days_per_week<D: Borrow<Day>>(days: &[D], range: Range) -> (Option<f64>, u64) {
    let mut weeks: Vec<f64> = Vec::new();
    for week in range
        .buckets(super::Bucket::Week)
        .into_iter()
        .filter(|week| week.days() == 7)
    {
        let first = usize::try_from((week.from - range.from).num_days()).unwrap_or(0);
        let busy = days
            .iter()
            .skip(first)
            .take(7)
            .filter(|day| !(*day).borrow().services.is_empty());
        weeks.push(busy.map(|_| 1.0).sum());
    }
    (percentile_cont(&mut weeks, 0.5), weeks.len() as u64)
}

fn lead_time<D: Borrow<Day>>(days: &[D]) -> LeadTime {
    let sum = |part: fn(&Day) -> u32| days.iter().map(|day| u64::from(part((*day).borrow()))).sum();
    let mut millis = [0_i64; STAGES];
    for day in days {
        for (sum, part) in millis.iter_mut().zip((*day).borrow().complete_millis) {
            *sum = sum.saturating_add(part);
        }
    }
    LeadTime {
        total: spread(days, |day| &day.lead),
        delivery: spread(days, |day| &day.delivery),
        stages: std::array::from_fn(|stage| spread(days, |day| &day.stages[stage])),
        shares: shares(millis),
        unknown: sum(|day| day.unknown_leads),
        corrected: sum(|day| day.corrected_leads),
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
        failed: u64::from(counts.failed),
        mature,
        immature: u64::from(counts.immature),
        immature_failed: u64::from(counts.immature_failed),
        corrected: u64::from(counts.corrected - counts.immature_corrected),
    }
}

fn recovery<D: Borrow<Day>>(days: &[D], counts: Counts) -> Recovery {
    Recovery {
        total: spread(days, |day| &day.recovery),
        detection: spread(days, |day| &day.detection),
        repair: spread(days, |day| &day.repair),
        open: u64::from(counts.open),
        corrected: u64::from(counts.restored_corrected),
    }
}

pub(super) fn rework(counts: Counts) -> Rework {
    let counted = u64::from(counts.counted);
    Rework {
        share: share(u64::from(counts.rework), counted),
        unplanned: u64::from(counts.rework),
        counted,
        corrected: u64::from(counts.corrected),
    }
}
