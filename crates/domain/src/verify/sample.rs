//! One sample of one check: what was read, and what that says beside the rule.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{check::Check, lack::Lack, matrix::Rule};

/// How long samples stay after the deploy that they were taken of has ended. Those that a decision refers to stay for ever.
pub const SAMPLES_KEPT: TimeDelta = TimeDelta::days(30);

/// A number, or why there is none.
pub type Reading = Result<f64, Lack>;

/// A number that can be compared. NaN is what Prometheus gives for nothing divided by nothing, an infinity for a division by
/// nothing: neither says anything.
///
/// # Errors
/// [`Lack::NotANumber`].
pub fn real(value: f64) -> Reading {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Lack::NotANumber)
    }
}

/// What came of asking the service's own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Probe {
    /// It answered, and not with a status of 500 or more.
    Answered,
    /// It answered with such a status.
    Failed,
    /// It did not answer: it is down, or nothing of it reaches Fairway.
    Unreachable,
}

impl Probe {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
        }
    }

    /// Whether it speaks against the service.
    fn is_bad(self) -> bool {
        self != Self::Answered
    }

    /// The outcome that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Answered, Self::Failed, Self::Unreachable]
            .into_iter()
            .find(|probe| probe.as_str() == text)
    }
}

/// What was measured of one version at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// What is compared with the threshold.
    pub value: Reading,
    /// Bad requests of the window, of an error ratio.
    pub bad: Option<f64>,
    /// All requests of the window.
    pub requests: Option<f64>,
}

/// What a sample says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is within the threshold, and enough was seen to say so.
    Good,
    /// It is beyond the threshold, and enough was seen to say so.
    Bad,
    /// It says nothing.
    Lacking(Lack),
}

impl Measure {
    /// From what the queries of a check gave. `requests` is `None` where the check asks for none.
    pub fn of(check: Check, measure: Reading, requests: Option<Reading>) -> Self {
        let requests = match requests.map(|requests| requests.and_then(real)) {
            Some(Err(lack)) => return Self::lacking(lack),
            Some(Ok(none)) if none <= 0.0 => {
                return Self {
                    requests: Some(0.0),
                    ..Self::lacking(Lack::TooLittleTraffic)
                };
            }
            Some(Ok(requests)) => Some(requests),
            None => None,
        };
        let measure = measure.and_then(real);
        match (check, requests) {
            (Check::ErrorRatio, Some(all)) => Self {
                value: measure.and_then(|bad| real(bad / all)),
                bad: measure.ok(),
                requests,
            },
            _ => Self {
                value: measure,
                bad: None,
                requests,
            },
        }
    }

    /// Nothing, for a reason.
    pub fn lacking(lack: Lack) -> Self {
        Self {
            value: Err(lack),
            bad: None,
            requests: None,
        }
    }

    /// What it says beside a rule. Never [`Finding::Bad`] without a number that is beyond the threshold and enough requests
    /// behind it.
    pub fn finding(&self, check: Check, rule: &Rule) -> Finding {
        let value = match self.value.and_then(real) {
            Ok(value) => value,
            Err(lack) => return Finding::Lacking(lack),
        };
        let is_beyond = check.is_beyond(value, rule.threshold);
        let has = |count: Option<f64>, least: u32| count.is_some_and(|count| count >= f64::from(least));
        let is_enough = match check {
            Check::Down => true,
            // Bad requests speak for themselves, however few there are beside them.
            Check::ErrorRatio if is_beyond => has(self.bad, rule.least_bad),
            Check::ErrorRatio | Check::P95 | Check::P99 => has(self.requests, rule.least_requests),
        };
        match (is_enough, is_beyond) {
            (false, _) => Finding::Lacking(Lack::TooLittleTraffic),
            (true, true) => Finding::Bad,
            (true, false) => Finding::Good,
        }
    }
}

/// One sample, with all that is needed to judge it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What was measured.
    pub check: Check,
    /// The step of the watch that it is of, from 1.
    pub slot: u32,
    /// When.
    pub taken_at: DateTime<Utc>,
    /// How far back the query looked.
    pub window: TimeDelta,
    /// The threshold at the time.
    pub threshold: f64,
    /// The query that gave the value, as it was asked.
    pub query: String,
    /// What it gave.
    pub measure: Measure,
    /// What the same query gave over the previous version; `None` where there is none, or nobody asked.
    pub baseline: Option<Measure>,
    /// What came of asking the service's own address; of [`Check::Down`] only.
    pub probe: Option<Probe>,
    /// The same before the release was exposed.
    pub probe_before: Option<Probe>,
    /// What the metrics server or the probe said, where something was wrong.
    pub detail: Option<String>,
}

impl Sample {
    /// What it says beside a rule. Metrics and the probe are two witnesses, each excused by its own past alone: what was bad
    /// before too mends nothing by going back.
    pub fn finding(&self, rule: &Rule) -> Finding {
        let measured = self.measure.finding(self.check, rule);
        let (metrics, probe) = (measured == Finding::Bad, self.probe_counts());
        let probe_is_bad = probe.is_some_and(Probe::is_bad);
        let was_bad = self.baseline.as_ref();
        let was_bad = was_bad.is_some_and(|before| before.finding(self.check, rule) == Finding::Bad);
        let probe_was_bad = self.probe_before.is_some_and(Probe::is_bad);
        if (metrics && !was_bad) || (probe_is_bad && !probe_was_bad) {
            return Finding::Bad;
        }
        if metrics || probe_is_bad {
            return Finding::Lacking(Lack::AlreadyBroken);
        }
        match (probe, measured) {
            // What answers is up, whatever Prometheus does not know.
            (Some(_), Finding::Lacking(_)) => Finding::Good,
            (_, measured) => measured,
        }
    }

    /// The probe, where it says something. Where neither Prometheus nor the service answers, it may be Fairway that has no
    /// network: a release is not rolled back for that.
    fn probe_counts(&self) -> Option<Probe> {
        let is_silent = self.measure.value == Err(Lack::Unanswered);
        self.probe
            .filter(|probe| !(is_silent && *probe == Probe::Unreachable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{
        RollbackMatrix,
        example::{ratio, sample, seconds, up},
    };

    fn finding(check: Check, measure: Measure) -> Finding {
        measure.finding(check, RollbackMatrix::default().rule(check))
    }

    #[test]
    fn too_few_requests_say_nothing() {
        use Finding::{Bad, Good, Lacking};
        let lacking = Lacking(Lack::TooLittleTraffic);
        for (bad, all, found) in [
            (0.0, 0.0, lacking),
            (0.0, 99.0, lacking),
            (0.0, 100.0, Good),
            (1.0, 100.0, Good),
            (4.0, 5.0, lacking),
            (4.0, 300.0, lacking),
            (5.0, 5.0, Bad),
            (5.0, 499.0, Bad),
            (5.0, 500.0, Good),
        ] {
            assert_eq!(
                finding(Check::ErrorRatio, ratio(bad, all)),
                found,
                "{bad} of {all}"
            );
        }
        for (p99, all, found) in [
            (2.1, 99.0, lacking),
            (2.1, 100.0, Bad),
            (2.0, 100.0, Good),
            (0.1, 99.0, lacking),
        ] {
            assert_eq!(finding(Check::P99, seconds(p99, all)), found, "{p99} s of {all}");
        }
    }

    #[test]
    fn what_is_no_number_says_nothing() {
        for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for check in Check::ALL {
                let requests = check.needs_requests().then_some(Ok(1000.0));
                let measure = Measure::of(check, Ok(strange), requests);
                assert_eq!(finding(check, measure), Finding::Lacking(Lack::NotANumber));
                if check.needs_requests() {
                    let measure = Measure::of(check, Ok(1000.0), Some(Ok(strange)));
                    assert_eq!(finding(check, measure), Finding::Lacking(Lack::NotANumber));
                }
            }
        }
        for lack in Lack::ALL {
            let measure = Measure::of(Check::ErrorRatio, Ok(50.0), Some(Err(lack)));
            assert_eq!(finding(Check::ErrorRatio, measure), Finding::Lacking(lack));
        }
    }

    #[test]
    fn a_probe_stands_in_for_prometheus_and_speaks_beside_it() {
        let rule = RollbackMatrix::default().down;
        let silent = Measure::lacking(Lack::Unanswered);
        for (measure, probe, found) in [
            (silent, None, Finding::Lacking(Lack::Unanswered)),
            (silent, Some(Probe::Answered), Finding::Good),
            (silent, Some(Probe::Failed), Finding::Bad),
            // It may be Fairway that has no network.
            (
                silent,
                Some(Probe::Unreachable),
                Finding::Lacking(Lack::Unanswered),
            ),
            (
                Measure::lacking(Lack::NoSeries),
                Some(Probe::Unreachable),
                Finding::Bad,
            ),
            (up(1.0), Some(Probe::Unreachable), Finding::Bad),
            (up(1.0), Some(Probe::Failed), Finding::Bad),
            (up(0.0), Some(Probe::Answered), Finding::Bad),
            (up(1.0), None, Finding::Good),
            (up(0.0), None, Finding::Bad),
        ] {
            let sample = Sample {
                probe,
                ..sample(Check::Down, 1, measure)
            };
            assert_eq!(sample.finding(&rule), found, "{measure:?} {probe:?}");
        }
    }

    #[test]
    fn what_was_broken_before_does_not_fail() {
        let matrix = RollbackMatrix::default();
        let broken = Finding::Lacking(Lack::AlreadyBroken);
        let now = sample(Check::ErrorRatio, 1, ratio(50.0, 500.0));
        for (baseline, found) in [
            (None, Finding::Bad),
            (Some(ratio(0.0, 500.0)), Finding::Bad),
            (Some(ratio(20.0, 500.0)), broken),
            (Some(ratio(1.0, 2.0)), Finding::Bad),
            (Some(Measure::lacking(Lack::NoSeries)), Finding::Bad),
        ] {
            let sample = Sample {
                baseline,
                ..now.clone()
            };
            assert_eq!(sample.finding(&matrix.error_ratio), found, "{baseline:?}");
        }
        let down = Sample {
            probe: Some(Probe::Failed),
            probe_before: Some(Probe::Failed),
            ..sample(Check::Down, 1, Measure::lacking(Lack::NoSeries))
        };
        assert_eq!(down.finding(&matrix.down), broken);
    }

    #[test]
    fn each_witness_is_excused_by_its_own_past_alone() {
        use Finding::{Bad, Good};
        let rule = RollbackMatrix::default().down;
        let broken = Finding::Lacking(Lack::AlreadyBroken);
        let (answered, failed, gone) = (Probe::Answered, Probe::Failed, Probe::Unreachable);
        for (targets, before, (probe, probe_before), found) in [
            // One bad probe before the deploy does not switch the rule off for what Prometheus sees.
            (0.0, Some(1.0), (failed, failed), Bad),
            (0.0, Some(1.0), (answered, failed), Bad),
            (0.0, None, (failed, gone), Bad),
            (0.0, Some(0.0), (failed, failed), broken),
            (0.0, Some(0.0), (failed, answered), Bad),
            (0.0, Some(0.0), (answered, answered), broken),
            (1.0, Some(0.0), (failed, answered), Bad),
            (1.0, Some(1.0), (failed, failed), broken),
            (1.0, Some(1.0), (gone, failed), broken),
            (1.0, Some(1.0), (answered, failed), Good),
        ] {
            let sample = Sample {
                baseline: before.map(up),
                probe: Some(probe),
                probe_before: Some(probe_before),
                ..sample(Check::Down, 1, up(targets))
            };
            assert_eq!(
                sample.finding(&rule),
                found,
                "{targets} {before:?} {probe:?} {probe_before:?}"
            );
        }
    }
}
