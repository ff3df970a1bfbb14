//! Sorted values of one measure on one day, held densely.

use super::packed::{Unreadable, put_all, take_all};

/// Sorted durations in seconds. Values that are whole milliseconds below 2³² take four bytes; from the first value that
/// is not, the rest are kept as they are, so that nothing is ever rounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    millis: Box<[u32]>,
    rest: Box<[f64]>,
}

impl Column {
    /// Takes values in any order. NaN has no place in a duration and is left out.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        Self::sorted(&values)
    }

    /// Takes values that are sorted by `f64::total_cmp`.
    pub(super) fn sorted(values: &[f64]) -> Self {
        let dense = values.iter().map_while(|value| exact_millis(*value));
        let millis: Box<[u32]> = dense.collect();
        let rest = values[millis.len()..].into();
        Self { millis, rest }
    }

    /// Bytes in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.millis.len() * 4 + self.rest.len() * 8
    }

    /// Appends its bytes.
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        put_all(&self.millis, bytes);
        put_all(&self.rest, bytes);
    }

    /// Takes one from the front of bytes.
    pub(super) fn take(bytes: &mut &[u8]) -> Result<Self, Unreadable> {
        Ok(Self {
            millis: take_all(bytes)?,
            rest: take_all(bytes)?,
        })
    }

    /// How many values.
    pub fn len(&self) -> usize {
        self.millis.len() + self.rest.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every value, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.millis
            .iter()
            .map(|millis| of_millis(*millis))
            .chain(self.rest.iter().copied())
    }

    pub(super) fn at(&self, index: usize) -> f64 {
        match self.millis.get(index) {
            Some(millis) => of_millis(*millis),
            None => self.rest[index - self.millis.len()],
        }
    }

    /// How many values are at most `limit`.
    pub fn up_to(&self, limit: f64) -> usize {
        self.up_to_within(&Limit::new(limit), 0, self.len())
    }

    /// The same where the answer is known to lie in `from..=to`.
    pub(super) fn up_to_within(&self, limit: &Limit, from: usize, to: usize) -> usize {
        let dense = self.millis.len();
        let in_rest = |from: usize, to: usize| {
            from + self.rest[from - dense..to - dense]
                .partition_point(|value| value.total_cmp(&limit.value).is_le())
        };
        if from >= dense {
            return in_rest(from, to);
        }
        let end = to.min(dense);
        let count =
            from + self.millis[from..end].partition_point(|millis| i64::from(*millis) <= limit.millis);
        if count == end && to > dense {
            in_rest(dense, to)
        } else {
            count
        }
    }
}

/// The seconds that whole milliseconds stand for.
pub(super) fn of_millis(millis: u32) -> f64 {
    f64::from(millis) / 1000.0
}

/// The milliseconds that a value of seconds stands for, when converting back gives the very same bits.
pub(super) fn exact_millis(value: f64) -> Option<u32> {
    let millis = (value * 1000.0).round();
    if !(0.0..=f64::from(u32::MAX)).contains(&millis) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie in the range of u32"
    )]
    let millis = millis as u32;
    (of_millis(millis).to_bits() == value.to_bits()).then_some(millis)
}

/// A bound, with the largest whole number of milliseconds that does not exceed it.
pub(super) struct Limit {
    value: f64,
    millis: i64,
}

impl Limit {
    pub(super) fn new(value: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped to a little more than the range of u32"
        )]
        let mut millis = (value * 1000.0).floor().clamp(-2.0, f64::from(u32::MAX) + 1.0) as i64;
        let seconds = |millis: i64| u32::try_from(millis).ok().map(of_millis);
        while seconds(millis + 1).is_some_and(|next| next.total_cmp(&value).is_le()) {
            millis += 1;
        }
        while seconds(millis).is_some_and(|this| this.total_cmp(&value).is_gt()) {
            millis -= 1;
        }
        Self { value, millis }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Seconds as they occur: whole milliseconds, odd fractions, negative ones, months.
    pub(in super::super) fn seconds() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (0_u32..200_000_000).prop_map(|millis| f64::from(millis) / 1000.0),
            2 => (0_u32..50).prop_map(f64::from),
            1 => -1e6..1e9_f64,
            1 => any::<f64>().prop_filter("a duration", |value| value.is_finite()),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_lost(values in proptest::collection::vec(seconds(), 0..200)) {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let column = Column::of(values);
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            prop_assert_eq!(bits(column.iter().collect()), bits(sorted));
        }

        #[test]
        fn counts_up_to_a_limit(values in proptest::collection::vec(seconds(), 0..100), limit in seconds()) {
            let expected = values.iter().filter(|value| value.total_cmp(&limit).is_le()).count();
            prop_assert_eq!(Column::of(values).up_to(limit), expected);
        }
    }
}
