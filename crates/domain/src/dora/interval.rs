//! How sure a figure is: where its true value lies in 95 of 100 cases, from n alone. Nothing is forecast.

use serde::{Deserialize, Serialize};

use super::{column::Column, selection};

/// The normal distribution's 97.5th percentile: 95 % lie within so many standard deviations.
const WITHIN: f64 = 1.959_963_984_540_054;

/// From a lower to an upper limit, both in the unit of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

impl Interval {
    /// Of a share, by Wilson's score: it stays within [0, 1] and says something of small n too.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn of_share(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let (n, share) = (whole as f64, part as f64 / whole as f64);
        let square = WITHIN * WITHIN;
        let middle = (share + square / (2.0 * n)) / (1.0 + square / n);
        let half = WITHIN / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
        // Where nothing or everything failed, that end is the value itself, which rounding may miss.
        Some(Self {
            low: if part == 0 { 0.0 } else { (middle - half).max(0.0) },
            high: if part == whole {
                1.0
            } else {
                (middle + half).min(1.0)
            },
        })
    }

    /// Of a median, by two of its own values: no distribution is assumed. `None` below six values, which cannot say it.
    pub(super) fn of_median<'a>(columns: impl Iterator<Item = &'a Column>) -> Option<Self> {
        let columns: Vec<&Column> = columns.collect();
        let (low, high) = median_ranks(selection::total(&columns))?;
        let (low, high) = selection::values(&columns, (low, high))?;
        Some(Self { low, high })
    }
}

/// The places (from 0) of the two values that the true median lies between.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places lie in 0..n and n is far below 2^53"
)]
fn median_ranks(n: usize) -> Option<(usize, usize)> {
    let (half, spread) = (n as f64 / 2.0, WITHIN * (n as f64).sqrt() / 2.0);
    let low = (half - spread).floor().max(1.0);
    let high = (half + spread + 1.0).ceil().min(n as f64);
    // Of six values, the first and the last have the median between them in 97 of 100 cases; of five, in 94.
    (n >= 6).then(|| (low as usize - 1, high as usize - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_wilsons_interval() {
        assert_eq!(Interval::of_share(0, 0), None);
        // 2 of 30, as tables of the score interval have it: 1.8 % to 21.3 %.
        let interval = Interval::of_share(2, 30).unwrap();
        assert!((interval.low - 0.018_5).abs() < 0.000_1, "{interval:?}");
        assert!((interval.high - 0.213_2).abs() < 0.000_1, "{interval:?}");
        let none = Interval::of_share(0, 30).unwrap();
        assert!(none.low == 0.0 && none.high > 0.1 && none.high < 0.12, "{none:?}");
        assert!((Interval::of_share(3, 3).unwrap().high - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn medians_lie_between_two_of_their_values() {
        let of = |n: u32| {
            let column = Column::of((1..=n).map(f64::from).collect());
            Interval::of_median(std::iter::once(&column))
        };
        assert_eq!(of(5), None);
        assert_eq!(of(6), Some(Interval { low: 1.0, high: 6.0 }));
        assert_eq!(of(30), Some(Interval { low: 9.0, high: 22.0 }));
    }
}
