//! A gate as whoever waits at it sees it, and what a step of a workflow sends when it comes to wait.

use chrono::{DateTime, Utc};

use super::{ApprovalState, BoundRelease, NewGate};
use crate::{
    error::FieldErrors,
    ids::{ApprovalId, GateId},
    report::Checked,
    tokens::RunClaims,
};

/// Something that waits, with how what it waits for stands.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingGate {
    /// Which.
    pub id: GateId,
    /// What it is.
    pub gate: NewGate,
    /// What it waits for.
    pub request: ApprovalId,
    /// How that stands.
    pub state: ApprovalState,
    /// Why it ended, where somebody or something said so.
    pub why: Option<String>,
    /// When it ends without a decision.
    pub deadline: DateTime<Utc>,
    /// What was asked about.
    pub release: BoundRelease,
    /// When it went on.
    pub released_at: Option<DateTime<Utc>>,
}

/// A step that comes to wait, as its workflow sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawStep {
    /// Slug of the service.
    pub service: String,
    /// Name of the environment.
    pub environment: String,
    /// Full commit sha.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Hash of the configuration.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub plan: Option<String>,
    /// Number of the run.
    pub run_id: i64,
    /// Attempt of the run, from 1.
    pub run_attempt: Option<i64>,
    /// Name of the job.
    pub job: String,
    /// Login of whoever started the run.
    pub initiator: Option<String>,
}

/// A step that comes to wait, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStep {
    /// Slug of the service.
    pub service: String,
    /// Name of the environment.
    pub environment: String,
    /// Full commit sha.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Hash of the configuration.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub plan: Option<String>,
    /// Number of the run.
    pub run: i64,
    /// Attempt of the run.
    pub attempt: i32,
    /// Name of the job.
    pub job: String,
    /// Login of whoever started the run.
    pub initiator: Option<String>,
}

/// More attempts of one run than GitHub allows.
const MOST_ATTEMPTS: i64 = 1_000_000;

impl NewStep {
    /// Checks what a step sent, as of `now`.
    ///
    /// # Errors
    /// Everything that is wrong, field by field.
    pub fn parse(raw: RawStep, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let attempt = raw.run_attempt.unwrap_or(1);
        if raw.run_id < 1 {
            checked.add("run_id", "send the number of the run, GITHUB_RUN_ID");
        }
        if !(1..=MOST_ATTEMPTS).contains(&attempt) {
            checked.add("run_attempt", "send the attempt of the run, GITHUB_RUN_ATTEMPT");
        }
        let new = Self {
            service: checked.service("service", &raw.service),
            environment: checked.named(
                "environment",
                &raw.environment,
                100,
                "name the environment, for example `production`",
            ),
            sha: checked.sha("sha", raw.sha),
            version: checked.name("version", raw.version, 200),
            digest: checked.digest("digest", raw.digest),
            config: checked.name("config", raw.config, 200),
            plan: checked.name("plan", raw.plan, 200),
            run: raw.run_id,
            attempt: i32::try_from(attempt).unwrap_or(1),
            job: checked.named("job", &raw.job, 200, "name the job, GITHUB_JOB"),
            initiator: checked.name("initiator", raw.initiator, 200),
        };
        if new.sha.is_none() && new.digest.is_none() && new.plan.is_none() {
            checked.add(
                "sha",
                "name the commit, the image's digest or the plan; nobody can approve what is not named",
            );
        }
        checked.or(new)
    }

    /// Holds what a step says of its run against what GitHub signed.
    ///
    /// # Errors
    /// What is not of this run, field by field.
    pub fn check_run(&self, signed: &RunClaims) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        if signed.run.is_some_and(|run| run != self.run) {
            errors.add(
                "run_id",
                "the token is of another run; send GITHUB_RUN_ID as it is",
            );
        }
        if signed
            .attempt
            .is_some_and(|attempt| attempt != i64::from(self.attempt))
        {
            errors.add(
                "run_attempt",
                "the token is of another attempt; send GITHUB_RUN_ATTEMPT as it is",
            );
        }
        if let (Some(signed), Some(sha)) = (&signed.sha, &self.sha)
            && !signed.eq_ignore_ascii_case(sha)
        {
            let message = format!(
                "the run is of commit {signed}; start it from the commit that it deploys, or name the image or the plan alone"
            );
            errors.add("sha", message);
        }
        errors.or(())
    }

    /// The key of its gate: the same job of the same attempt is the same gate for the same service and environment.
    pub fn key(&self) -> String {
        let Self {
            service,
            environment,
            run,
            attempt,
            job,
            ..
        } = self;
        let place = format!("{service}/{environment}").to_lowercase();
        format!("step:{run}/{attempt}/{job}/{place}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: RawStep) -> Result<NewStep, FieldErrors> {
        NewStep::parse(raw, DateTime::from_timestamp(1_790_000_000, 0).unwrap())
    }

    fn raw() -> RawStep {
        RawStep {
            service: "Shop".into(),
            environment: "production".into(),
            sha: Some("A".repeat(40)),
            run_id: 7,
            job: "deploy".into(),
            ..RawStep::default()
        }
    }

    #[test]
    fn a_step_is_the_same_gate_however_often_it_asks() {
        let first = parse(raw()).unwrap();
        assert_eq!(first.key(), "step:7/1/deploy/shop/production");
        assert_eq!(first.sha, Some("a".repeat(40)));
        let again = RawStep {
            run_attempt: Some(2),
            ..raw()
        };
        assert_ne!(parse(again).unwrap().key(), first.key());
    }

    #[test]
    fn a_step_says_of_its_run_what_github_signed() {
        let step = parse(raw()).unwrap();
        let signed = RunClaims {
            run: Some(7),
            attempt: Some(1),
            sha: Some("A".repeat(40)),
            ..RunClaims::default()
        };
        assert_eq!(step.check_run(&signed), Ok(()));
        assert_eq!(step.check_run(&RunClaims::default()), Ok(()));
        let other = RunClaims {
            run: Some(8),
            attempt: Some(2),
            sha: Some("b".repeat(40)),
            ..signed.clone()
        };
        let wrong = step.check_run(&other).unwrap_err();
        let fields: Vec<String> = wrong.0.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["run_id", "run_attempt", "sha"]);
        let plan = NewStep { sha: None, ..step };
        assert_eq!(plan.check_run(&signed), Ok(()));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = parse(RawStep {
            run_attempt: Some(0),
            ..RawStep::default()
        });
        let fields: Vec<String> = wrong
            .unwrap_err()
            .0
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            ["run_id", "run_attempt", "service", "environment", "job", "sha"]
        );
    }
}
