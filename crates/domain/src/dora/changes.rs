//! The changes of one day: what lead time and its stages are made of.

use super::{
    ChangeFact, STAGES,
    column::Column,
    grouped::Grouped,
    packed::{Number, Unreadable},
};

/// The changes of one day whose authors are of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub(super) lead: Grouped,
    pub(super) delivery: Column,
    pub(super) stages: [Column; STAGES],
    /// Sums over the changes whose stages are all known, in whole milliseconds, so that any order gives one sum.
    pub(super) complete_millis: [i64; STAGES],
    pub(super) unknown: u32,
}

impl Changes {
    /// Takes changes with the index of their group.
    pub(super) fn of(changes: &[(&ChangeFact, u32)]) -> Self {
        let column = |value: fn(&ChangeFact, usize) -> Option<f64>, stage| {
            Column::of(
                changes
                    .iter()
                    .filter_map(|(change, _)| value(change, stage))
                    .collect(),
            )
        };
        let leads = changes
            .iter()
            .filter_map(|(change, group)| Some((change.lead?, *group)));
        let mut made = Self {
            lead: Grouped::of(leads.collect()),
            delivery: column(|change, _| change.delivery, 0),
            stages: std::array::from_fn(|stage| column(|change, stage| change.stages[stage], stage)),
            ..Self::default()
        };
        for (change, _) in changes {
            made.note(change);
        }
        made
    }

    fn note(&mut self, change: &ChangeFact) {
        self.unknown += u32::from(change.lead.is_none());
        if change.stages.iter().all(Option::is_some) {
            for (sum, stage) in self.complete_millis.iter_mut().zip(change.stages) {
                *sum += stage.map_or(0, whole_millis);
            }
        }
    }

    /// Bytes in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let stages: usize = self.stages.iter().map(Column::weight).sum();
        self.lead.weight() + self.delivery.weight() + stages
    }

    /// Appends its bytes.
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        self.lead.put(bytes);
        self.delivery.put(bytes);
        self.stages.iter().for_each(|stage| stage.put(bytes));
        self.complete_millis.into_iter().for_each(|sum| sum.put(bytes));
        self.unknown.put(bytes);
    }

    /// Takes the changes of a day of so many groups from the front of bytes.
    pub(super) fn take(bytes: &mut &[u8], groups: usize) -> Result<Self, Unreadable> {
        let mut changes = Self {
            lead: Grouped::take(bytes, groups)?,
            delivery: Column::take(bytes)?,
            ..Self::default()
        };
        for stage in &mut changes.stages {
            *stage = Column::take(bytes)?;
        }
        for sum in &mut changes.complete_millis {
            *sum = Number::take(bytes)?;
        }
        changes.unknown = Number::take(bytes)?;
        Ok(changes)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a duration in milliseconds fits 63 bits; more saturates"
)]
fn whole_millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
