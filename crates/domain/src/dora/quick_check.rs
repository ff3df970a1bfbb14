//! The score of dora.dev's Quick Check: five answers from 0 to 10, and their mean.

use serde::{Deserialize, Serialize};

use super::{Figures, Metric};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// As the bands have it.
const MONTH: f64 = 30.0 * DAY;

/// A time shorter than one of these is a better answer.
const TIMES: [f64; 5] = [6.0 * MONTH, MONTH, 7.0 * DAY, DAY, HOUR];
/// Deploying at least so often, per day, is a better answer: every six months, a month, a week, a day, an hour.
const FREQUENCIES: [f64; 5] = [1.0 / 180.0, 1.0 / 30.0, 1.0 / 7.0, 1.0, 24.0];

/// How the figures answer the Quick Check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickCheck {
    /// Of the median service's deployments per day.
    pub frequency: Option<f64>,
    /// Of the median lead time.
    pub lead_time: Option<f64>,
    /// Of the fail rate.
    pub change_fail_rate: Option<f64>,
    /// Of the median recovery time.
    pub recovery: Option<f64>,
    /// Of the rework rate.
    pub rework: Option<f64>,
    /// The mean of the five; null while one of them is not known.
    pub overall: Option<f64>,
}

impl QuickCheck {
    /// The scores of figures.
    pub fn of(figures: &Figures) -> Self {
        let times = |value: f64| steps(TIMES.iter().filter(|limit| value < **limit).count());
        let frequencies = |value: f64| steps(FREQUENCIES.iter().filter(|limit| value >= **limit).count());
        let percents = |share: f64| 10.0 - share * 10.0;
        let mut scores = Self {
            frequency: figures.frequency.median_service.map(frequencies),
            lead_time: figures.lead_time.total.median.map(times),
            change_fail_rate: figures.change_fail_rate.share.map(percents),
            recovery: figures.recovery.total.median.map(times),
            rework: figures.rework.share.map(percents),
            overall: None,
        };
        let all: Option<Vec<f64>> = Metric::ALL
            .map(|metric| scores.score(metric))
            .into_iter()
            .collect();
        scores.overall = all.map(|all| all.iter().sum::<f64>() / 5.0);
        scores
    }

    /// The score of one metric.
    pub fn score(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Frequency => self.frequency,
            Metric::LeadTime => self.lead_time,
            Metric::ChangeFailRate => self.change_fail_rate,
            Metric::Recovery => self.recovery,
            Metric::Rework => self.rework,
        }
    }
}

/// The score of an answer so many steps above the worst: `(v - 1) / 5 · 10` of dora.dev's values 1 to 6.
#[expect(clippy::cast_precision_loss, reason = "at most five")]
fn steps(above: usize) -> f64 {
    above as f64 * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lead: f64, per_day: f64) -> QuickCheck {
        let mut figures = Figures::default();
        figures.lead_time.total.median = Some(lead);
        figures.frequency.median_service = Some(per_day);
        QuickCheck::of(&figures)
    }

    #[test]
    fn answers_are_dora_devs() {
        for (seconds, score) in [
            (HOUR - 1.0, 10.0),
            (HOUR, 8.0),
            (DAY, 6.0),
            (7.0 * DAY, 4.0),
            (MONTH, 2.0),
            (6.0 * MONTH, 0.0),
        ] {
            assert_eq!(with(seconds, 1.0).lead_time, Some(score), "{seconds} s");
        }
        for (per_day, score) in [
            (24.0, 10.0),
            (1.0, 8.0),
            (0.9, 6.0),
            (0.1, 4.0),
            (0.01, 2.0),
            (0.001, 0.0),
        ] {
            assert_eq!(with(DAY, per_day).frequency, Some(score), "{per_day} a day");
        }
    }

    #[test]
    fn the_whole_needs_all_five() {
        let mut figures = Figures::default();
        figures.frequency.median_service = Some(0.5);
        figures.lead_time.total.median = Some(2.0 * DAY);
        figures.change_fail_rate.share = Some(0.15);
        figures.rework.share = Some(0.0);
        assert_eq!(QuickCheck::of(&figures).overall, None);
        figures.recovery.total.median = Some(0.5 * HOUR);
        let scores = QuickCheck::of(&figures);
        assert_eq!((scores.change_fail_rate, scores.rework), (Some(8.5), Some(10.0)));
        // 6, 6, 8.5, 10 and 10.
        assert_eq!(scores.overall, Some(8.1));
    }
}
