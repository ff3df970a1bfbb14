//! A watch and samples for the tests.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Check, Measure, RollbackMatrix, Sample, Watch, WatchSettings,
    settings::{CheckSetting, effective},
};

/// A second after the exposure.
pub fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

/// A watch of everything, with the defaults.
pub fn watch() -> Watch {
    Watch {
        deploy: Uuid::from_u128(1).into(),
        weight: 100,
        service: Uuid::from_u128(2).into(),
        slug: "shop".into(),
        environment: "production".into(),
        version: "2".into(),
        previous: Some("1".into()),
        before: at(-60),
        exposed_at: at(0),
        settings: WatchSettings::default(),
        matrix: RollbackMatrix::default(),
        checks: effective(&[]),
        health_url: None,
        probe_before: None,
    }
}

/// A watch of one check.
pub fn watch_of(check: Check) -> Watch {
    let checks: Vec<CheckSetting> = effective(&[]);
    Watch {
        checks: checks
            .into_iter()
            .filter(|setting| setting.check == check)
            .collect(),
        ..watch()
    }
}

/// A sample at the beginning of its step.
pub fn sample(check: Check, slot: u32, measure: Measure) -> Sample {
    Sample {
        check,
        slot,
        taken_at: at(i64::from(slot) * 30),
        window: TimeDelta::seconds(i64::from(slot.min(10)) * 30),
        threshold: RollbackMatrix::default().rule(check).threshold,
        query: "a query".into(),
        measure,
        baseline: None,
        probe: None,
        probe_before: None,
        detail: None,
    }
}

/// Bad requests among all.
pub fn ratio(bad: f64, all: f64) -> Measure {
    Measure::of(Check::ErrorRatio, Ok(bad), Some(Ok(all)))
}

/// A quantile over so many requests.
pub fn seconds(value: f64, all: f64) -> Measure {
    Measure::of(Check::P99, Ok(value), Some(Ok(all)))
}

/// Targets that are up.
pub fn up(targets: f64) -> Measure {
    Measure::of(Check::Down, Ok(targets), None)
}
