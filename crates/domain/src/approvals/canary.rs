//! What a canary of the same release found, as somebody saw it before they decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    deploys::DeployState,
    ids::DeployId,
    verify::{Check, Sample, Verdict, VerdictKind, WatchRecord},
};

/// A canary of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanarySeen {
    /// The deploy.
    pub deploy: DeployId,
    /// Name of the environment that it went to.
    pub environment: String,
    /// How far it had come, or how it ended.
    pub state: DeployState,
    /// Its steps that were watched, by the share of the traffic.
    pub steps: Vec<CanaryStep>,
}

/// What was found at one share of the traffic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryStep {
    /// The share, in percent.
    pub weight: u8,
    /// What was known.
    pub verdict: VerdictKind,
    /// What failed, or what was missing.
    pub why: Option<String>,
    /// The extremes of what was measured, by check; empty where no sample was kept.
    pub extremes: Vec<Extremes>,
}

/// The lowest and the highest that a check measured at a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// What was measured.
    pub check: Check,
    /// The lowest value.
    pub lowest: f64,
    /// The highest value.
    pub highest: f64,
    /// The threshold of the last sample.
    pub threshold: f64,
    /// Samples with a value.
    pub samples: u32,
    /// Those beyond their threshold.
    pub beyond: u32,
}

impl CanarySeen {
    /// Whether all of it was good, or something was wrong; `None` while too little is known.
    pub fn went_well(&self) -> Option<bool> {
        let failed = self.steps.iter().any(|step| step.verdict == VerdictKind::Fail);
        let is_green = self.steps.iter().all(|step| step.verdict == VerdictKind::Pass);
        match self.state {
            _ if failed => Some(false),
            DeployState::RollingBack | DeployState::RolledBack | DeployState::Failed => Some(false),
            DeployState::Confirm | DeployState::Succeeded if is_green && !self.steps.is_empty() => Some(true),
            _ => None,
        }
    }
}

impl CanaryStep {
    /// What is known of a step.
    pub fn of(record: &WatchRecord, samples: &[Sample]) -> Self {
        let why = match &record.outlook.verdict {
            Verdict::Pass => None,
            Verdict::Fail(failure) => Some(failure.to_string()),
            Verdict::Insufficient(lacking) => Some(lacking.to_string()),
        };
        Self {
            weight: record.weight,
            verdict: record.outlook.verdict.kind(),
            why,
            extremes: Check::ALL
                .into_iter()
                .filter_map(|check| Extremes::of(check, samples))
                .collect(),
        }
    }
}

impl Extremes {
    /// The extremes of a check; `None` where none of its samples has a value.
    fn of(check: Check, samples: &[Sample]) -> Option<Self> {
        let own = samples.iter().filter(|sample| sample.check == check);
        let values: Vec<(f64, f64)> = own
            .filter_map(|sample| Some((sample.measure.value.ok()?, sample.threshold)))
            .collect();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let beyond = values
            .iter()
            .filter(|(value, threshold)| check.is_beyond(*value, *threshold));
        Some(Self {
            check,
            lowest: values.iter().map(|(value, _)| *value).reduce(f64::min)?,
            highest: values.iter().map(|(value, _)| *value).reduce(f64::max)?,
            threshold: values.last()?.1,
            samples: count(values.len()),
            beyond: count(beyond.count()),
        })
    }
}

impl fmt::Display for Extremes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (label, of) = (self.check.label(), self.samples);
        let (scale, unit) = match self.check {
            Check::Down => {
                let up = of - self.beyond.min(of);
                return write!(f, "{label}: up in {up} of {of} samples");
            }
            Check::ErrorRatio => (100.0, "%"),
            Check::P95 | Check::P99 => (1.0, "s"),
        };
        write!(
            f,
            "{label}: {:.2} to {:.2} {unit} of at most {:.2} {unit}, {} of {of} samples beyond it",
            self.lowest * scale,
            self.highest * scale,
            self.threshold * scale,
            self.beyond
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::verify::{
        Outlook,
        example::{ratio, sample, up},
    };

    fn seen(state: DeployState, verdicts: &[VerdictKind]) -> CanarySeen {
        let step = |verdict: &VerdictKind| CanaryStep {
            weight: 5,
            verdict: *verdict,
            why: None,
            extremes: Vec::new(),
        };
        CanarySeen {
            deploy: Uuid::from_u128(1).into(),
            environment: "staging".to_owned(),
            state,
            steps: verdicts.iter().map(step).collect(),
        }
    }

    #[test]
    fn a_canary_is_good_when_all_of_it_passed_and_bad_when_anything_failed() {
        use DeployState::{Confirm, RolledBack, Succeeded, Verify};
        use VerdictKind::{Fail, Insufficient, Pass};
        for (state, verdicts, well) in [
            (Succeeded, &[Pass, Pass][..], Some(true)),
            (Confirm, &[Pass], Some(true)),
            (Verify, &[Pass], None),
            (Succeeded, &[Pass, Insufficient], None),
            (Succeeded, &[], None),
            (Verify, &[Pass, Fail], Some(false)),
            (RolledBack, &[Pass], Some(false)),
        ] {
            assert_eq!(seen(state, verdicts).went_well(), well, "{state:?} {verdicts:?}");
        }
    }

    #[test]
    fn extremes_are_those_of_the_samples_that_have_a_value() {
        let samples = [
            sample(Check::ErrorRatio, 1, ratio(2.0, 1000.0)),
            sample(Check::ErrorRatio, 2, ratio(40.0, 1000.0)),
            sample(Check::ErrorRatio, 3, ratio(0.0, 0.0)),
            sample(Check::Down, 1, up(1.0)),
            sample(Check::Down, 2, up(0.0)),
        ];
        let record = WatchRecord {
            weight: 25,
            version: "2".to_owned(),
            previous: None,
            exposed_at: DateTime::UNIX_EPOCH,
            outlook: Outlook {
                verdict: Verdict::Pass,
                is_over: true,
            },
            noted_at: DateTime::UNIX_EPOCH,
        };
        let step = CanaryStep::of(&record, &samples);
        let words: Vec<String> = step.extremes.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "Whether it is up: up in 1 of 2 samples",
                "The error rate: 0.20 to 4.00 % of at most 1.00 %, 1 of 2 samples beyond it",
            ]
        );
        let stored = serde_json::to_value(&step).unwrap();
        assert_eq!(serde_json::from_value::<CanaryStep>(stored).unwrap(), step);
        assert!(CanaryStep::of(&record, &[]).extremes.is_empty());
    }
}
