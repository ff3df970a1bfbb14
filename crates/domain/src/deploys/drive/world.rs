//! A small world for the tests of the loop: a drive, what is known of it, and one environment with its lease.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Configuration, Drive, Phase, Place, Standing, Target, TargetRelease, Weights,
    evidence::{Evidence, Finding, Sources},
    inputs::{Approval, Inputs, Lease, Outcome, Report, Rollback, Verdict},
};
use crate::{
    deploys::{Strategy, report::NamedRelease},
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId, ServiceId},
};

/// A minute of the tests' time.
pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

pub(super) fn id(number: u128) -> DeployId {
    DeployId(Uuid::from_u128(number))
}

/// A canary to production that was just asked for.
pub(super) fn drive(number: u128) -> Drive {
    Drive {
        deploy: id(number),
        service: ServiceId(Uuid::from_u128(1)),
        environment: EnvironmentId(Uuid::from_u128(1)),
        class: EnvironmentClass::Production,
        release: NamedRelease {
            sha: Some("a".repeat(40)),
            version: Some("1.2.0".into()),
            digest: Some(format!("sha256:{}", "a".repeat(64))),
        },
        strategy: Strategy::Canary,
        weights: Weights::of(Strategy::Canary),
        configuration: Configuration::default(),
        undoes: None,
        drill: None,
        waivers: Vec::new(),
        standing: place(Phase::Requested, 0),
        prepared: None,
        exposed: false,
    }
}

pub(super) fn place(phase: Phase, minute: i64) -> Standing {
    Standing::At(Place {
        phase,
        round: 0,
        step: 0,
        since: at(minute),
    })
}

pub(super) fn good() -> Sources {
    Sources {
        checks: Finding::good("green"),
        scan: Finding::good("nothing critical"),
        signature: Finding::good("signed"),
        target: Finding::good("there is one"),
        promotion: Finding::good("no environment before this one is set"),
        typed: false,
    }
}

/// Everything good, and nothing said yet.
pub(super) fn inputs(drive: &Drive, minute: i64) -> Inputs {
    Inputs {
        now: at(minute),
        approval: Approval::Unknown,
        evidence: Evidence::of(drive, good()),
        frozen_until: None,
        backup: None,
        deployed: None,
        verdict: None,
        needs_person: false,
        confirmation: None,
        asked: None,
        lease: Lease::Own,
        superseded_by: None,
        target: Some(Target {
            deploy: id(900),
            release: TargetRelease::default(),
        }),
        rollback: Rollback::None,
    }
}

pub(super) fn report(outcome: Outcome, minute: i64) -> Report {
    Report {
        outcome,
        at: at(minute),
        exposed: None,
        backup_id: Some("snap-1".into()),
        backup_verified: Some(true),
        pulled: None,
        note: None,
    }
}

pub(super) fn pass() -> Verdict {
    Verdict::Pass { detail: Value::Null }
}

pub(super) fn fail() -> Verdict {
    Verdict::Fail {
        why: "error rate 4 % > 1 %".into(),
        detail: Value::Null,
    }
}

/// What lets a drive go on from wherever it stands.
pub(super) fn favourable(drive: &Drive, minute: i64) -> Inputs {
    Inputs {
        approval: Approval::Approved {
            binding: drive.binding(),
        },
        backup: Some(report(Outcome::Succeeded, minute)),
        deployed: Some(report(Outcome::Succeeded, minute)),
        verdict: Some(pass()),
        ..inputs(drive, minute)
    }
}
