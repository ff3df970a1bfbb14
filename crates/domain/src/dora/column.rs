//! Sorted values of one measure on one day, held densely, and order statistics over many days without merging them.

use super::percentile::Ranks;

/// Sorted durations in seconds. Values that are whole milliseconds below 2³² take four bytes; from the first value that
/// is not, the rest are kept as they are, so that nothing is ever rounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub(super) millis: Box<[u32]>,
    pub(super) rest: Box<[f64]>,
}

/// Below this many candidates a selection sorts them instead of halving on.
const FEW: usize = 96;

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

    fn at(&self, index: usize) -> f64 {
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
    fn up_to_within(&self, limit: &Limit, from: usize, to: usize) -> usize {
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

fn of_millis(millis: u32) -> f64 {
    f64::from(millis) / 1000.0
}

/// The milliseconds that a value of seconds stands for, when converting back gives the very same bits.
fn exact_millis(value: f64) -> Option<u32> {
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
struct Limit {
    value: f64,
    millis: i64,
}

impl Limit {
    fn new(value: f64) -> Self {
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

/// How many values all columns hold.
pub(super) fn total(columns: &[&Column]) -> usize {
    columns.iter().map(|column| column.len()).sum()
}

/// `percentile_cont(share)` over all values of all columns: the very bits that sorting everything would give.
pub(super) fn percentile(columns: &[&Column], share: f64) -> Option<f64> {
    let ranks = Ranks::of(total(columns), share)?;
    let (lower, next) = nth(columns, ranks.lower)?;
    Some(ranks.between(lower, next))
}

/// The value of a rank (from 0) in the union of sorted columns, and the value after it (itself when it is the last).
///
/// Halves the space of possible values, and with it a window in each column, until few candidates are left: about
/// 25 rounds of short searches for a million values on 365 days, instead of merging or copying them.
fn nth(columns: &[&Column], rank: usize) -> Option<(f64, f64)> {
    let columns: Vec<&Column> = columns
        .iter()
        .copied()
        .filter(|column| !column.is_empty())
        .collect();
    let mut windows: Vec<(usize, usize)> = columns.iter().map(|column| (0, column.len())).collect();
    let mut low = columns.iter().map(|column| key(column.at(0))).min()?;
    let mut high = columns
        .iter()
        .map(|column| key(column.at(column.len() - 1)))
        .max()?;
    let mut cuts = vec![0; columns.len()];
    loop {
        let open: usize = windows.iter().map(|(from, to)| to - from).sum();
        if open <= FEW {
            return pick(&columns, &windows, rank);
        }
        if low >= high {
            // Every candidate has this value.
            let below: usize = windows.iter().map(|(from, _)| from).sum();
            let here = value(low);
            let next = if rank + 1 < below + open {
                here
            } else {
                after(&columns, &windows).unwrap_or(here)
            };
            return Some((here, next));
        }
        let middle = low + (high - low) / 2;
        let limit = Limit::new(value(middle));
        let mut count = 0;
        for ((column, (from, to)), cut) in columns.iter().zip(&windows).zip(&mut cuts) {
            *cut = column.up_to_within(&limit, *from, *to);
            count += *cut;
        }
        if count > rank {
            high = middle;
            windows
                .iter_mut()
                .zip(&cuts)
                .for_each(|(window, cut)| window.1 = *cut);
        } else {
            low = middle + 1;
            windows
                .iter_mut()
                .zip(&cuts)
                .for_each(|(window, cut)| window.0 = *cut);
        }
    }
}

/// The value of a rank, and the one after it, among the candidates that the windows leave and what follows them.
fn pick(columns: &[&Column], windows: &[(usize, usize)], rank: usize) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = Vec::with_capacity(FEW);
    let below: usize = windows.iter().map(|(from, _)| from).sum();
    for (column, (from, to)) in columns.iter().zip(windows) {
        values.extend((*from..*to).map(|index| column.at(index)));
    }
    values.sort_unstable_by(f64::total_cmp);
    let here = *values.get(rank.checked_sub(below)?)?;
    let next = values.get(rank - below + 1).copied();
    Some((here, next.or_else(|| after(columns, windows)).unwrap_or(here)))
}

/// The smallest value above all windows.
fn after(columns: &[&Column], windows: &[(usize, usize)]) -> Option<f64> {
    let next = |(column, (_, to)): (&&Column, &(usize, usize))| (*to < column.len()).then(|| column.at(*to));
    columns
        .iter()
        .zip(windows)
        .filter_map(next)
        .min_by(f64::total_cmp)
}

/// Orders floats as integers, the way `f64::total_cmp` does.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::percentile_cont, *};

    /// Seconds as they occur: whole milliseconds, odd fractions, negative ones, months.
    fn seconds() -> impl Strategy<Value = f64> {
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

        #[test]
        fn a_percentile_does_not_depend_on_the_split(
            parts in proptest::collection::vec(proptest::collection::vec(seconds(), 0..120), 0..12),
            share in prop_oneof![Just(0.5), Just(0.9), 0.0..=1.0_f64],
        ) {
            let mut all: Vec<f64> = parts.concat();
            let columns: Vec<Column> = parts.into_iter().map(Column::of).collect();
            let columns: Vec<&Column> = columns.iter().collect();
            let expected = percentile_cont(&mut all, share).map(f64::to_bits);
            prop_assert_eq!(percentile(&columns, share).map(f64::to_bits), expected);
        }
    }
}
