//! The spread of a measure: median, p90, n.

use serde::{Deserialize, Serialize};

use super::{
    column::Column,
    percentile::two_percentiles,
    selection::{percentiles, total},
};

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
    /// Of the values of all columns.
    pub(super) fn of_columns<'a>(columns: impl Iterator<Item = &'a Column>) -> Self {
        let columns: Vec<&Column> = columns.collect();
        let both = percentiles(&columns, (0.5, 0.9));
        Self {
            median: both.map(|(median, _)| median),
            p90: both.map(|(_, p90)| p90),
            n: total(&columns) as u64,
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
