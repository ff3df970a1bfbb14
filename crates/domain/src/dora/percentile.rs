//! Percentiles exactly as PostgreSQL's `percentile_cont` gives them: same ranks, same floating arithmetic.

use std::cmp::Ordering;

use super::column::of_millis;

/// The two ranks that a percentile lies between, and how far.
///
/// PostgreSQL: `percentile * (n - 1)` is cut into floor, ceiling and the proportion above the floor
/// (`percentile_cont_final_common`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranks {
    /// Rank of the lower value, from 0.
    pub lower: usize,
    /// Rank of the upper value; the same as `lower` or the next.
    pub upper: usize,
    proportion: f64,
}

impl Ranks {
    /// The ranks for `share` (in [0, 1]) of `n` values; `None` without values.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks lie in 0..n and n is far below 2^53"
    )]
    pub fn of(n: usize, share: f64) -> Option<Self> {
        let place = share * (n.checked_sub(1)? as f64);
        let (lower, upper) = (place.floor(), place.ceil());
        Some(Self {
            lower: lower as usize,
            upper: upper as usize,
            proportion: place - lower,
        })
    }

    /// The value between the two of these ranks (`float8_lerp`).
    pub fn between(self, lower: f64, upper: f64) -> f64 {
        if self.lower == self.upper {
            lower
        } else {
            lower + self.proportion * (upper - lower)
        }
    }
}

/// A value as a percentile sees it: ordered, and worth so many seconds.
pub trait Value: Copy {
    /// Its place among others.
    fn order(&self, other: &Self) -> Ordering;
    /// What it is worth; rises with the order.
    fn seconds(self) -> f64;
}

impl Value for f64 {
    fn order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }

    fn seconds(self) -> f64 {
        self
    }
}

/// Whole milliseconds.
impl Value for u32 {
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }

    fn seconds(self) -> f64 {
        of_millis(self)
    }
}

/// `percentile_cont(share) within group (order by value)` over values in any order, which are moved about.
pub fn percentile_cont<T: Value>(values: &mut [T], share: f64) -> Option<f64> {
    let ranks = Ranks::of(values.len(), share)?;
    let (_, lower, above) = values.select_nth_unstable_by(ranks.lower, T::order);
    let lower = lower.seconds();
    if ranks.upper == ranks.lower {
        return Some(lower);
    }
    let upper = above.iter().copied().min_by(T::order)?;
    Some(ranks.between(lower, upper.seconds()))
}

/// Two percentiles of the same values, the smaller share first: the second looks only above the first.
pub fn two_percentiles<T: Value>(values: &mut [T], (first, second): (f64, f64)) -> Option<(f64, f64)> {
    let (low, high) = (Ranks::of(values.len(), first)?, Ranks::of(values.len(), second)?);
    let smaller = percentile_cont(values, first)?;
    // `percentile_cont` left everything from this rank on at or above it.
    let above = values.get_mut(low.lower..)?;
    let (_, lower, rest) = above.select_nth_unstable_by(high.lower - low.lower, T::order);
    let lower = lower.seconds();
    let upper = rest.iter().copied().min_by(T::order).map_or(lower, T::seconds);
    Some((smaller, high.between(lower, upper)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_at_once_are_the_two(values in proptest::collection::vec(-1e6..1e6_f64, 0..60)) {
            let one = |share| percentile_cont(&mut values.clone(), share).map(f64::to_bits);
            let both = two_percentiles(&mut values.clone(), (0.5, 0.9)).map(|(a, b)| (a.to_bits(), b.to_bits()));
            prop_assert_eq!(both, one(0.5).zip(one(0.9)));
        }

        #[test]
        fn milliseconds_give_the_same_as_the_seconds(millis in proptest::collection::vec(any::<u32>(), 0..60)) {
            let mut seconds: Vec<f64> = millis.iter().map(|millis| of_millis(*millis)).collect();
            let found = two_percentiles(&mut millis.clone(), (0.5, 0.9));
            prop_assert_eq!(found, two_percentiles(&mut seconds, (0.5, 0.9)));
        }
    }

    #[test]
    fn percentiles_of_hand_computed_examples() {
        assert_eq!(percentile_cont::<f64>(&mut [], 0.5), None);
        assert_eq!(percentile_cont(&mut [7.0], 0.9), Some(7.0));
        assert_eq!(percentile_cont(&mut [4.0, 1.0], 0.5), Some(2.5));
        assert_eq!(percentile_cont(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
        // 0.9 · 4 = 3.6 → between the fourth and the fifth value, six tenths up.
        assert_eq!(
            percentile_cont(&mut [50.0, 10.0, 40.0, 20.0, 30.0], 0.9),
            Some(46.0)
        );
    }
}
