//! Order statistics over many days without merging them: the very bits that sorting everything would give.

use super::{
    column::{Column, Limit},
    percentile::Ranks,
};

/// Up to so many candidates for each column, a search looks at them one by one instead of halving on.
const FEW: usize = 32;
/// Values that are looked at to guess where a rank lies.
const SAMPLED: usize = 2048;
/// Sampled values on either side of the guess, several times its usual error.
const MARGIN: usize = 14;

/// How many values all columns hold.
pub(super) fn total(columns: &[&Column]) -> usize {
    columns.iter().map(|column| column.len()).sum()
}

/// `percentile_cont` of two shares over all values of all columns.
pub(super) fn percentiles(columns: &[&Column], shares: (f64, f64)) -> Option<(f64, f64)> {
    let columns: Vec<&Column> = columns
        .iter()
        .copied()
        .filter(|column| !column.is_empty())
        .collect();
    let all = total(&columns);
    let sample = Sample::of(&columns, all);
    let at = |share| {
        let ranks = Ranks::of(all, share)?;
        let (lower, next) = nth(&columns, &sample, ranks.lower)?;
        Some(ranks.between(lower, next))
    };
    Some((at(shares.0)?, at(shares.1)?))
}

/// The values at two ranks (from 0) of the union of all columns.
pub(super) fn values(columns: &[&Column], (first, second): (usize, usize)) -> Option<(f64, f64)> {
    let columns: Vec<&Column> = columns
        .iter()
        .copied()
        .filter(|column| !column.is_empty())
        .collect();
    let sample = Sample::of(&columns, total(&columns));
    let at = |rank| Some(nth(&columns, &sample, rank)?.0);
    Some((at(first)?, at(second)?))
}

/// The value of a rank (from 0) in the union of sorted columns, and the value after it (itself when it is the last).
///
/// Keeps a window of candidates in each column. A sample says where the rank should be, which leaves one value in a
/// hundred; halving the space of values leaves few enough to look at. A sample that is wrong costs time, never the result.
fn nth(columns: &[&Column], sample: &Sample, rank: usize) -> Option<(f64, f64)> {
    let mut search = Search::new(columns, rank)?;
    for guess in sample.around(rank).into_iter().flatten() {
        search.cut(key(guess));
    }
    loop {
        if search.open() <= FEW * columns.len() {
            return search.pick();
        }
        if search.low >= search.high {
            return Some(search.all_the_same());
        }
        search.cut(search.low + (search.high - search.low) / 2);
    }
}

/// Values taken at equal distances, sorted; empty where halving alone is quick.
struct Sample {
    values: Vec<f64>,
    distance: usize,
}

impl Sample {
    fn of(columns: &[&Column], all: usize) -> Self {
        let distance = all / SAMPLED;
        let mut values = Vec::new();
        if distance > FEW {
            let mut skip = distance / 2;
            for column in columns {
                values.extend(
                    (skip..column.len())
                        .step_by(distance)
                        .map(|index| column.at(index)),
                );
                let taken = column.len().saturating_sub(skip).div_ceil(distance);
                skip = skip + taken * distance - column.len();
            }
            values.sort_unstable_by(f64::total_cmp);
        }
        Self { values, distance }
    }

    /// Values that a rank very likely lies between.
    fn around(&self, rank: usize) -> [Option<f64>; 2] {
        if self.values.is_empty() {
            return [None, None];
        }
        let place = rank / self.distance;
        let below = place.checked_sub(MARGIN).and_then(|index| self.values.get(index));
        [below.copied(), self.values.get(place + MARGIN).copied()]
    }
}

/// Where a rank can still be: values from `low` to `high` (as keys), and the window of each column that holds them.
struct Search<'a> {
    columns: &'a [&'a Column],
    windows: Vec<(usize, usize)>,
    cuts: Vec<usize>,
    low: u64,
    high: u64,
    rank: usize,
}

impl<'a> Search<'a> {
    fn new(columns: &'a [&'a Column], rank: usize) -> Option<Self> {
        let firsts = columns.iter().map(|column| key(column.at(0)));
        let lasts = columns.iter().map(|column| key(column.at(column.len() - 1)));
        Some(Self {
            columns,
            windows: columns.iter().map(|column| (0, column.len())).collect(),
            cuts: vec![0; columns.len()],
            low: firsts.min()?,
            high: lasts.max()?,
            rank,
        })
    }

    fn open(&self) -> usize {
        self.windows.iter().map(|(from, to)| to - from).sum()
    }

    /// How many values lie below all windows.
    fn below(&self) -> usize {
        self.windows.iter().map(|(from, _)| from).sum()
    }

    /// Leaves the part above or below a value, whichever holds the rank.
    fn cut(&mut self, at: u64) {
        let limit = Limit::new(value(at));
        let mut count = 0;
        for ((column, (from, to)), cut) in self.columns.iter().zip(&self.windows).zip(&mut self.cuts) {
            *cut = column.up_to_within(&limit, *from, *to);
            count += *cut;
        }
        let ends = self.windows.iter_mut().zip(&self.cuts);
        if count > self.rank {
            self.high = self.high.min(at);
            ends.for_each(|(window, cut)| window.1 = *cut);
        } else {
            self.low = self.low.max(at + 1);
            ends.for_each(|(window, cut)| window.0 = *cut);
        }
    }

    /// The answer where every candidate has one value.
    fn all_the_same(&self) -> (f64, f64) {
        let here = value(self.low);
        if self.rank + 1 < self.below() + self.open() {
            (here, here)
        } else {
            (here, self.after().unwrap_or(here))
        }
    }

    /// The answer among the candidates, looked at one by one.
    fn pick(&self) -> Option<(f64, f64)> {
        let mut values: Vec<f64> = Vec::with_capacity(self.open());
        for (column, (from, to)) in self.columns.iter().zip(&self.windows) {
            values.extend((*from..*to).map(|index| column.at(index)));
        }
        let place = self.rank.checked_sub(self.below())?;
        if place >= values.len() {
            return None;
        }
        let (_, here, above) = values.select_nth_unstable_by(place, f64::total_cmp);
        let next = above.iter().copied().min_by(f64::total_cmp);
        Some((*here, next.or_else(|| self.after()).unwrap_or(*here)))
    }

    /// The smallest value above all windows.
    fn after(&self) -> Option<f64> {
        let next =
            |(column, (_, to)): (&&Column, &(usize, usize))| (*to < column.len()).then(|| column.at(*to));
        let next = self.columns.iter().zip(&self.windows).filter_map(next);
        next.min_by(f64::total_cmp)
    }
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

    use super::{
        super::{column::tests::seconds, percentile_cont},
        *,
    };

    /// What the columns give, and what sorting everything gives.
    fn both(parts: Vec<Vec<f64>>, share: f64) -> [Option<u64>; 2] {
        let mut all: Vec<f64> = parts.concat();
        let columns: Vec<Column> = parts.into_iter().map(Column::of).collect();
        let columns: Vec<&Column> = columns.iter().collect();
        let found = percentiles(&columns, (share, share)).map(|(first, _)| first.to_bits());
        [found, percentile_cont(&mut all, share).map(f64::to_bits)]
    }

    proptest! {
        #[test]
        fn a_percentile_does_not_depend_on_the_split(
            parts in proptest::collection::vec(proptest::collection::vec(seconds(), 0..120), 0..12),
            share in prop_oneof![Just(0.5), Just(0.9), 0.0..=1.0_f64],
        ) {
            let [found, expected] = both(parts, share);
            prop_assert_eq!(found, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Enough values for a sample; the sorted ones mislead it as far as anything can.
        #[test]
        fn a_sample_changes_nothing(
            seed in any::<u64>(),
            kinds in prop_oneof![Just(3_u64), Just(50_000), Just(1 << 40)],
            sorted in any::<bool>(),
            share in prop_oneof![Just(0.0), Just(0.5), Just(0.9), Just(1.0), 0.0..=1.0_f64],
        ) {
            let mut state = seed;
            let mut all: Vec<f64> = (0..90_000)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    f64::from(u32::try_from((state >> 33) % kinds).unwrap()) / 1000.0
                })
                .collect();
            if sorted {
                all.sort_unstable_by(f64::total_cmp);
            }
            let parts = all.chunks(700).map(<[f64]>::to_vec).collect();
            let [found, expected] = both(parts, share);
            prop_assert_eq!(found, expected);
        }
    }
}
