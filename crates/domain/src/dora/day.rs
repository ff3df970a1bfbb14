//! The facts of one local day: what figures are made of, and the form in which a rollup keeps them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Authors, Counts, Stage,
    changes::Changes,
    column::Column,
    grouped::Grouped,
    packed::{Number, Unreadable, put_all, take_all},
};
use crate::deploys::derive::seconds;

/// Number of stages of a change.
pub const STAGES: usize = Stage::ALL.len();
/// A deployment is in the cohort of the fail rate once it has been exposed this long.
pub const MATURITY: TimeDelta = TimeDelta::hours(24);
/// The form of [`Day::packed`]; another number is another form.
const FORM: u32 = 3;

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
    /// Whether its author is known to be a bot.
    pub by_bot: bool,
}

/// Everything of one scope on one day that any figure needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    pub(super) groups: Box<[Uuid]>,
    /// One for each group.
    pub(super) counts: Box<[Counts]>,
    /// The service of each counted deployment, sorted.
    pub(super) services: Box<[u32]>,
    pub(super) recovery: Grouped,
    pub(super) detection: Column,
    pub(super) repair: Column,
    /// Changes by people, and by authors who are not known to be bots.
    pub(super) by_people: Changes,
    pub(super) by_bots: Changes,
}

impl Day {
    /// The day of these deployments and changes, as of `now`.
    pub fn of(deploys: &[DeployFact], changes: &[ChangeFact], now: DateTime<Utc>) -> Self {
        let mut groups = Groups::default();
        let mut recovery = Vec::new();
        for deploy in deploys {
            let group = groups.index(deploy.group);
            groups.counts[group as usize].note(deploy, now - deploy.exposed_at >= MATURITY);
            if let Some(restored) = deploy.failure.and_then(|failure| failure.restored_at) {
                recovery.push((seconds(restored - deploy.exposed_at), group));
            }
        }
        let placed = changes.iter().map(|change| (change, groups.index(change.group)));
        let (bots, people): (Vec<_>, Vec<_>) = placed.partition(|(change, _)| change.by_bot);
        let mut services: Box<[u32]> = deploys.iter().map(|deploy| deploy.service).collect();
        services.sort_unstable();
        let restored = || deploys.iter().filter_map(split);
        Self {
            groups: groups.ids.into(),
            counts: groups.counts.into(),
            services,
            recovery: Grouped::of(recovery),
            detection: Column::of(restored().map(|(detection, _)| detection).collect()),
            repair: Column::of(restored().map(|(_, repair)| repair).collect()),
            by_people: Changes::of(&people),
            by_bots: Changes::of(&bots),
        }
    }

    /// The changes of these authors.
    pub(super) fn changes(&self, authors: Authors) -> impl Iterator<Item = &Changes> {
        let bots = (authors == Authors::All).then_some(&self.by_bots);
        std::iter::once(&self.by_people).chain(bots)
    }

    /// Everything counted on this day.
    pub fn total(&self) -> Counts {
        self.counts
            .iter()
            .fold(Counts::default(), |sum, counts| sum + *counts)
    }

    /// Bytes that this day takes in memory, roughly: a cache of days is bounded by it.
    pub fn weight(&self) -> usize {
        let groups = self.groups.len() * (size_of::<Uuid>() + size_of::<Counts>());
        let restored = self.recovery.weight() + self.detection.weight() + self.repair.weight();
        let changes = self.by_people.weight() + self.by_bots.weight();
        groups + self.services.len() * 4 + restored + changes + size_of::<Self>()
    }

    /// The bytes that a rollup row holds.
    pub fn packed(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.weight());
        FORM.put(&mut bytes);
        let groups: Vec<u128> = self.groups.iter().map(Uuid::as_u128).collect();
        put_all(&groups, &mut bytes);
        for counts in &self.counts {
            for number in counts.numbers() {
                number.put(&mut bytes);
            }
        }
        put_all(&self.services, &mut bytes);
        self.recovery.put(&mut bytes);
        self.detection.put(&mut bytes);
        self.repair.put(&mut bytes);
        self.by_people.put(&mut bytes);
        self.by_bots.put(&mut bytes);
        bytes
    }

    /// The day that [`Day::packed`] wrote.
    pub fn unpacked(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bytes = &mut &*bytes;
        if u32::take(bytes)? != FORM {
            return Err(Unreadable);
        }
        let groups = take_all::<u128>(bytes)?;
        let groups: Box<[Uuid]> = groups.into_iter().map(Uuid::from_u128).collect();
        let counts = groups
            .iter()
            .map(|_| Counts::take(bytes))
            .collect::<Result<_, _>>()?;
        let day = Self {
            counts,
            services: take_all(bytes)?,
            recovery: Grouped::take(bytes, groups.len())?,
            detection: Column::take(bytes)?,
            repair: Column::take(bytes)?,
            by_people: Changes::take(bytes, groups.len())?,
            by_bots: Changes::take(bytes, groups.len())?,
            groups,
        };
        if bytes.is_empty() {
            Ok(day)
        } else {
            Err(Unreadable)
        }
    }
}

/// Detection and repair of a restored failure: they sum to its recovery.
fn split(deploy: &DeployFact) -> Option<(f64, f64)> {
    let failure = deploy.failure?;
    let (failed, restored) = (failure.failed_at?, failure.restored_at?);
    Some((seconds(failed - deploy.exposed_at), seconds(restored - failed)))
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
            any::<[bool; 2]>(),
        )
            .prop_map(
                move |(service, group, exposed, failure, [rework, changes_known])| DeployFact {
                    service,
                    group: Uuid::from_u128(group),
                    exposed_at: at(exposed),
                    failure: failure.map(|(detection, repair)| FailureFact {
                        failed_at: Some(at(exposed + detection)),
                        restored_at: repair.map(|repair| at(exposed + detection + repair)),
                    }),
                    rework,
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
            |(group, lead, delivery, stages, by_bot)| ChangeFact {
                group: Uuid::from_u128(group),
                lead,
                delivery,
                stages,
                by_bot,
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
