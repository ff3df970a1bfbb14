//! What is counted among the deployments of a day and group.

use std::ops::Add;

use super::{
    DeployFact,
    packed::{Number, Unreadable},
};

/// What is counted among deployments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Counted deployments.
    pub counted: u32,
    /// Of the counted, exposed less than 24 h ago.
    pub immature: u32,
    /// Of the immature, failed already.
    pub immature_failed: u32,
    /// Of the mature, failed.
    pub failed: u32,
    /// Of all failed, not restored yet.
    pub open: u32,
    /// Unplanned.
    pub rework: u32,
    /// Whose changes are not all known.
    pub changes_unknown: u32,
}

const NUMBERS: usize = 7;

impl Counts {
    pub(super) fn note(&mut self, deploy: &DeployFact, mature: bool) {
        let failed = deploy.failure.is_some();
        let restored = deploy
            .failure
            .is_some_and(|failure| failure.restored_at.is_some());
        self.counted += 1;
        self.immature += u32::from(!mature);
        self.immature_failed += u32::from(!mature && failed);
        self.failed += u32::from(mature && failed);
        self.open += u32::from(failed && !restored);
        self.rework += u32::from(deploy.rework);
        self.changes_unknown += u32::from(!deploy.changes_known);
    }

    pub(super) fn numbers(self) -> [u32; NUMBERS] {
        [
            self.counted,
            self.immature,
            self.immature_failed,
            self.failed,
            self.open,
            self.rework,
            self.changes_unknown,
        ]
    }

    fn of_numbers(numbers: [u32; NUMBERS]) -> Self {
        let [
            counted,
            immature,
            immature_failed,
            failed,
            open,
            rework,
            changes_unknown,
        ] = numbers;
        Self {
            counted,
            immature,
            immature_failed,
            failed,
            open,
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
