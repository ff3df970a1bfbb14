//! Bands: how a value compares with other organisations, as data by edition.

use serde::{Deserialize, Serialize};

use super::Metric;

/// The edition of a page that names none: 2024's high and medium fail rates are inverted, 2025 dropped the tiers.
pub const DEFAULT_EDITION: i16 = 2023;
/// Fewer values than this are shown without a band.
pub const SURE_FROM: u64 = 5;

/// A band of dora.dev's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Band {
    /// Best.
    Elite,
    /// Good.
    High,
    /// Fair.
    Medium,
    /// Behind.
    Low,
}

impl Band {
    /// All, best first.
    pub const ALL: [Self; 4] = [Self::Elite, Self::High, Self::Medium, Self::Low];

    /// The stored and shown word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Elite => "elite",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// The band that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.as_str() == text)
    }
}

/// Why a value has no band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Unranked {
    /// The edition has no bands for the metric.
    NoBands,
    /// Fewer than five rows.
    FewRows,
    /// There is no value.
    NoData,
    /// The edition's bands for the metric end before the value: 2024 has none for fail rates above 5 %.
    BeyondBands,
}

impl Unranked {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoBands => "no_bands",
            Self::FewRows => "few_rows",
            Self::NoData => "no_data",
            Self::BeyondBands => "beyond_bands",
        }
    }
}

/// The values of one metric that make a band. Units: deploys per day, seconds, share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandRule {
    /// Of which metric.
    pub metric: Metric,
    /// Which band.
    pub band: Band,
    /// From this value on.
    pub lo: f64,
    /// To this one; `None` is no upper limit.
    pub hi: Option<f64>,
    /// Whether `hi` itself belongs to this band.
    pub hi_included: bool,
}

/// The bands of one edition.
#[derive(Clone, Debug, PartialEq)]
pub struct Bands {
    /// Year of the report.
    pub edition: i16,
    rules: Vec<BandRule>,
}

impl Bands {
    /// The rules of an edition, in any order.
    pub fn new(edition: i16, mut rules: Vec<BandRule>) -> Self {
        rules.sort_by_key(|rule| rule.band);
        Self { edition, rules }
    }

    /// The band of a value that `n` rows were made into; none when there is no value, fewer than [`SURE_FROM`] rows, or
    /// no band for the metric. Where two bands meet, the better one that includes the value has it.
    pub fn of(&self, metric: Metric, value: Option<f64>, n: u64) -> Option<Band> {
        self.rank(metric, value, n).ok()
    }

    /// The same, with the reason where there is none.
    ///
    /// # Errors
    /// [`Unranked`].
    pub fn rank(&self, metric: Metric, value: Option<f64>, n: u64) -> Result<Band, Unranked> {
        if !self.rules.iter().any(|rule| rule.metric == metric) {
            return Err(Unranked::NoBands);
        }
        if n < SURE_FROM {
            return Err(Unranked::FewRows);
        }
        let value = value.ok_or(Unranked::NoData)?;
        let holds = |rule: &&BandRule| {
            let below = rule
                .hi
                .is_none_or(|hi| value < hi || (rule.hi_included && value <= hi));
            rule.metric == metric && value >= rule.lo && below
        };
        let rule = self.rules.iter().find(holds);
        rule.map(|rule| rule.band).ok_or(Unranked::BeyondBands)
    }

    /// Where the bands of a metric end; nothing where they have no end.
    pub fn end(&self, metric: Metric) -> Option<f64> {
        let rules = self.rules.iter().filter(|rule| rule.metric == metric);
        let ends: Option<Vec<f64>> = rules.map(|rule| rule.hi).collect();
        ends?.into_iter().reduce(f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition_2023() -> Bands {
        let rule = |metric, band, lo, hi, hi_included| BandRule {
            metric,
            band,
            lo,
            hi,
            hi_included,
        };
        let fail = Metric::ChangeFailRate;
        Bands::new(
            2023,
            vec![
                rule(fail, Band::Low, 0.15, None, false),
                rule(fail, Band::Medium, 0.10, Some(0.15), true),
                rule(fail, Band::High, 0.05, Some(0.10), true),
                rule(fail, Band::Elite, 0.0, Some(0.05), true),
                rule(Metric::LeadTime, Band::Elite, 0.0, Some(86_400.0), false),
                rule(Metric::LeadTime, Band::High, 86_400.0, Some(604_800.0), false),
            ],
        )
    }

    #[test]
    fn limits_belong_to_the_band_that_says_so() {
        let bands = edition_2023();
        let fail = |share| bands.of(Metric::ChangeFailRate, Some(share), 20);
        assert_eq!(fail(0.0), Some(Band::Elite));
        assert_eq!(fail(0.05), Some(Band::Elite));
        assert_eq!(fail(0.051), Some(Band::High));
        assert_eq!(fail(0.15), Some(Band::Medium));
        assert_eq!(fail(0.9), Some(Band::Low));
        let lead = |seconds| bands.of(Metric::LeadTime, Some(seconds), 20);
        assert_eq!(lead(86_399.0), Some(Band::Elite));
        assert_eq!(lead(86_400.0), Some(Band::High));
    }

    #[test]
    fn few_values_have_no_band() {
        let bands = edition_2023();
        assert_eq!(bands.of(Metric::ChangeFailRate, Some(0.0), 4), None);
        assert_eq!(bands.of(Metric::ChangeFailRate, None, 50), None);
        assert_eq!(bands.of(Metric::Rework, Some(0.1), 50), None);
    }

    #[test]
    fn a_value_without_a_band_has_a_reason() {
        let whole = edition_2023();
        let fail = Metric::ChangeFailRate;
        let elite = whole
            .rules
            .iter()
            .filter(|rule| rule.metric == fail && rule.band == Band::Elite);
        let bands = Bands::new(2024, elite.copied().collect());
        assert_eq!(bands.rank(fail, Some(0.05), 5), Ok(Band::Elite));
        assert_eq!(bands.rank(fail, Some(0.06), 5), Err(Unranked::BeyondBands));
        assert_eq!(bands.rank(fail, Some(0.06), 4), Err(Unranked::FewRows));
        assert_eq!(bands.rank(fail, None, 5), Err(Unranked::NoData));
        assert_eq!(bands.rank(Metric::Rework, Some(0.06), 5), Err(Unranked::NoBands));
        assert_eq!((bands.end(fail), whole.end(fail)), (Some(0.05), None));
        assert_eq!(bands.end(Metric::Rework), None);
    }
}
