//! The facts of one local day: what figures are made of, and the form in which a rollup keeps them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Counts, Stage,
    column::Column,
    packed::{Number, Unreadable, put_all, take_all},
};
use crate::deploys::derive::seconds;

/// Number of stages of a change.
pub const STAGES: usize = Stage::ALL.len();
/// A deployment is in the cohort of the fail rate once it has been exposed this long.
const MATURITY: TimeDelta = TimeDelta::hours(24);
/// The form of [`Day::packed`]; another number is another form.
const FORM: u32 = 1;

/// One counted deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployFact {
    /// The service's small number.
    pub service: u32,
    /// What the table below the figures groups by: the team, or the service of a team; nil for none.
    pub group: Uuid,
    /// When users first saw it: the day it belongs to.
    pub exposed_at: DateTime<Utc>,
    /// How it failed, if it did.
    pub failure: Option<FailureFact>,
    /// Unplanned, caused by an incident or a bug.
    pub rework: bool,
    /// Whether a person corrected it.
    pub corrected: bool,
    /// Whether its changes are all known.
    pub changes_known: bool,
}

/// That a counted deployment failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureFact {
    /// First sign of it.
    pub failed_at: Option<DateTime<Utc>>,
    /// Its end.
    pub restored_at: Option<DateTime<Utc>>,
}

/// One change that a deployment carried to production for the first time. Seconds; `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeFact {
    /// As [`DeployFact::group`].
    pub group: Uuid,
    /// First commit → full promotion.
    pub lead: Option<f64>,
    /// Merged → full promotion.
    pub delivery: Option<f64>,
    /// In the order of [`Stage::ALL`].
    pub stages: [Option<f64>; STAGES],
    /// Whether a person corrected its deploy.
    pub corrected: bool,
}

/// Everything of one scope on one day that any figure needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    pub(super) groups: Box<[Uuid]>,
    /// One for each group.
    pub(super) counts: Box<[Counts]>,
    /// The service of each counted deployment, sorted.
    pub(super) services: Box<[u32]>,
    pub(super) lead: Column,
    /// The group (an index) of each value of `lead`.
    pub(super) lead_groups: Box<[u32]>,
    pub(super) delivery: Column,
    pub(super) stages: [Column; STAGES],
    /// Sums over the changes whose stages are all known, in whole milliseconds, so that any order gives one sum.
    pub(super) complete_millis: [i64; STAGES],
    pub(super) recovery: Column,
    pub(super) recovery_groups: Box<[u32]>,
    pub(super) detection: Column,
    pub(super) repair: Column,
    pub(super) unknown_leads: u32,
    pub(super) corrected_leads: u32,
}

impl Day {
    /// The day of these deployments and changes, as of `now`.
    pub fn of(deploys: &[DeployFact], changes: &[ChangeFact], now: DateTime<Utc>) -> Self {
        let mut groups = Groups::default();
        let mut day = Self::default();
        let mut recovery = Vec::new();
        for deploy in deploys {
            let group = groups.index(deploy.group);
            groups.counts[group as usize].note(deploy, now - deploy.exposed_at >= MATURITY);
            if let Some(restored) = deploy.failure.and_then(|failure| failure.restored_at) {
                recovery.push((seconds(restored - deploy.exposed_at), group));
            }
        }
        let mut lead = Vec::new();
        for change in changes {
            let group = groups.index(change.group);
            lead.extend(change.lead.map(|lead| (lead, group)));
            day.note(change);
        }
        (day.lead, day.lead_groups) = grouped(lead);
        (day.recovery, day.recovery_groups) = grouped(recovery);
        day.services = deploys.iter().map(|deploy| deploy.service).collect();
        day.services.sort_unstable();
        day.delivery = Column::of(changes.iter().filter_map(|change| change.delivery).collect());
        day.stages = std::array::from_fn(|stage| {
            Column::of(changes.iter().filter_map(|change| change.stages[stage]).collect())
        });
        let restored = || deploys.iter().filter_map(split);
        day.detection = Column::of(restored().map(|(detection, _)| detection).collect());
        day.repair = Column::of(restored().map(|(_, repair)| repair).collect());
        (day.groups, day.counts) = (groups.ids.into(), groups.counts.into());
        day
    }

    fn note(&mut self, change: &ChangeFact) {
        self.unknown_leads += u32::from(change.lead.is_none());
        self.corrected_leads += u32::from(change.lead.is_some() && change.corrected);
        if change.stages.iter().all(Option::is_some) {
            for (sum, stage) in self.complete_millis.iter_mut().zip(change.stages) {
                *sum += stage.map_or(0, whole_millis);
            }
        }
    }

    /// Everything counted on this day.
    pub fn total(&self) -> Counts {
        self.counts
            .iter()
            .fold(Counts::default(), |sum, counts| sum + *counts)
    }

    /// Bytes that this day takes in memory, roughly: a cache of days is bounded by it.
    pub fn weight(&self) -> usize {
        let columns = [
            &self.lead,
            &self.delivery,
            &self.recovery,
            &self.detection,
            &self.repair,
        ];
        let columns = columns.into_iter().chain(&self.stages);
        let columns: usize = columns
            .map(|column| column.millis.len() * 4 + column.rest.len() * 8)
            .sum();
        let indices = (self.services.len() + self.lead_groups.len() + self.recovery_groups.len()) * 4;
        columns + indices + self.groups.len() * (16 + size_of::<Counts>()) + size_of::<Self>()
    }

    /// The bytes that a rollup row holds.
    pub fn packed(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.weight());
        FORM.put(&mut bytes);
        put_all(
            &self.groups.iter().map(Uuid::as_u128).collect::<Vec<_>>(),
            &mut bytes,
        );
        for counts in &self.counts {
            counts
                .numbers()
                .into_iter()
                .for_each(|number| number.put(&mut bytes));
        }
        for indices in [&self.services, &self.lead_groups, &self.recovery_groups] {
            put_all(indices, &mut bytes);
        }
        let columns = [
            &self.lead,
            &self.delivery,
            &self.recovery,
            &self.detection,
            &self.repair,
        ];
        for column in columns.into_iter().chain(&self.stages) {
            put_all(&column.millis, &mut bytes);
            put_all(&column.rest, &mut bytes);
        }
        self.complete_millis
            .into_iter()
            .for_each(|sum| sum.put(&mut bytes));
        self.unknown_leads.put(&mut bytes);
        self.corrected_leads.put(&mut bytes);
        bytes
    }

    /// The day that [`Day::packed`] wrote.
    pub fn unpacked(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bytes = &mut &*bytes;
        if u32::take(bytes)? != FORM {
            return Err(Unreadable);
        }
        let groups: Box<[Uuid]> = take_all::<u128>(bytes)?
            .into_iter()
            .map(Uuid::from_u128)
            .collect();
        let counts = groups
            .iter()
            .map(|_| Counts::take(bytes))
            .collect::<Result<_, _>>()?;
        let day = Self {
            groups,
            counts,
            services: take_all(bytes)?,
            lead_groups: take_all(bytes)?,
            recovery_groups: take_all(bytes)?,
            lead: column(bytes)?,
            delivery: column(bytes)?,
            recovery: column(bytes)?,
            detection: column(bytes)?,
            repair: column(bytes)?,
            stages: [
                column(bytes)?,
                column(bytes)?,
                column(bytes)?,
                column(bytes)?,
                column(bytes)?,
            ],
            complete_millis: [
                Number::take(bytes)?,
                Number::take(bytes)?,
                Number::take(bytes)?,
                Number::take(bytes)?,
                Number::take(bytes)?,
            ],
            unknown_leads: Number::take(bytes)?,
            corrected_leads: Number::take(bytes)?,
        };
        let whole = bytes.is_empty()
            && day.lead_groups.len() == day.lead.len()
            && day.recovery_groups.len() == day.recovery.len();
        if whole { Ok(day) } else { Err(Unreadable) }
    }
}

fn column(bytes: &mut &[u8]) -> Result<Column, Unreadable> {
    Ok(Column {
        millis: take_all(bytes)?,
        rest: take_all(bytes)?,
    })
}

/// Detection and repair of a restored failure: they sum to its recovery.
fn split(deploy: &DeployFact) -> Option<(f64, f64)> {
    let failure = deploy.failure?;
    let (failed, restored) = (failure.failed_at?, failure.restored_at?);
    Some((seconds(failed - deploy.exposed_at), seconds(restored - failed)))
}

/// Sorts values with their groups beside them.
fn grouped(mut values: Vec<(f64, u32)>) -> (Column, Box<[u32]>) {
    values.retain(|(value, _)| !value.is_nan());
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let sorted: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
    (
        Column::sorted(&sorted),
        values.into_iter().map(|(_, group)| group).collect(),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a duration in milliseconds fits 63 bits; more saturates"
)]
fn whole_millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// The groups of a day, numbered in the order of their first row.
#[derive(Default)]
struct Groups {
    ids: Vec<Uuid>,
    counts: Vec<Counts>,
    index: HashMap<Uuid, u32>,
}

impl Groups {
    fn index(&mut self, id: Uuid) -> u32 {
        *self.index.entry(id).or_insert_with(|| {
            self.ids.push(id);
            self.counts.push(Counts::default());
            u32::try_from(self.ids.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any counted deployment of a day that begins at the epoch.
    pub(in super::super) fn deploy() -> impl Strategy<Value = DeployFact> {
        let at = |millis: i64| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(millis);
        let failure = proptest::option::of((0_i64..9_000_000, proptest::option::of(0_i64..90_000_000)));
        (
            0_u32..6,
            0_u128..3,
            0_i64..86_400_000,
            failure,
            any::<[bool; 3]>(),
        )
            .prop_map(
                move |(service, group, exposed, failure, [rework, corrected, changes_known])| DeployFact {
                    service,
                    group: Uuid::from_u128(group),
                    exposed_at: at(exposed),
                    failure: failure.map(|(detection, repair)| FailureFact {
                        failed_at: Some(at(exposed + detection)),
                        restored_at: repair.map(|repair| at(exposed + detection + repair)),
                    }),
                    rework,
                    corrected,
                    changes_known,
                },
            )
    }

    /// Any change.
    pub(in super::super) fn change() -> impl Strategy<Value = ChangeFact> {
        let seconds = || {
            proptest::option::weighted(
                0.8,
                prop_oneof![
                    (0_u32..9_000_000).prop_map(|millis| f64::from(millis) / 1000.0),
                    0.0..9e6_f64,
                ],
            )
        };
        let stages = [seconds(), seconds(), seconds(), seconds(), seconds()];
        (0_u128..3, seconds(), seconds(), stages, any::<bool>()).prop_map(
            |(group, lead, delivery, stages, corrected)| ChangeFact {
                group: Uuid::from_u128(group),
                lead,
                delivery,
                stages,
                corrected,
            },
        )
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(
            deploys in proptest::collection::vec(deploy(), 0..40),
            changes in proptest::collection::vec(change(), 0..40),
            now in 0_i64..200_000,
        ) {
            let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(now);
            let day = Day::of(&deploys, &changes, now);
            prop_assert_eq!(Day::unpacked(&day.packed()), Ok(day));
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Day::unpacked(&bytes);
            let framed = [FORM.to_le_bytes().as_slice(), &bytes].concat();
            let _ = Day::unpacked(&framed);
        }
    }
}
