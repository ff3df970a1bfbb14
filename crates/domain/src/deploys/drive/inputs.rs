//! What a drive is told: by approvers, by executors, by whoever watches it, by people. Plain values, so that nothing here
//! depends on how each of them came to say it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    End, Phase, Target,
    evidence::{Evidence, Finding},
};
use crate::{
    actor::Viewer,
    approvals::Binding,
    ids::{DeployId, PersonId},
    verify::Probe,
};

/// Everything that is known when it is decided what happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The time.
    pub now: DateTime<Utc>,
    /// How the approval of the present round stands.
    pub approval: Approval,
    /// What the sources say now.
    pub evidence: Evidence,
    /// Until when nothing may start: a freeze of the policy by which it was asked about, unless an admin went on without it.
    pub frozen_until: Option<DateTime<Utc>>,
    /// The executor's last word on the backup of the present round.
    pub backup: Option<Report>,
    /// The executor's last word on the present step.
    pub deployed: Option<Report>,
    /// What watching the present step found; `None` while it is watched.
    pub verdict: Option<Verdict>,
    /// Whether a person has to confirm a green deploy.
    pub needs_person: bool,
    /// What a person confirmed at the present phase, and why.
    pub confirmation: Option<String>,
    /// What a person asked for.
    pub asked: Option<Asked>,
    /// Who holds the lease of the service and environment.
    pub lease: Lease,
    /// A later deploy that took the environment.
    pub superseded_by: Option<DeployId>,
    /// The release to go back to.
    pub target: Option<Target>,
    /// How the drive that undoes this one ended.
    pub rollback: Rollback,
}

/// How an approval stands. Only the last three let a drive go on, and only for what they bind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "approval", rename_all = "snake_case")]
pub enum Approval {
    /// Nobody answered: there is no request yet, or the approvals do not answer.
    Unknown,
    /// People decide.
    Pending {
        /// Until when.
        deadline: DateTime<Utc>,
    },
    /// Somebody said no.
    Rejected {
        /// Why.
        why: String,
    },
    /// The deadline passed.
    Expired,
    /// What was decided on is not what it was.
    Void {
        /// What changed.
        why: String,
    },
    /// Enough people said yes.
    Approved {
        /// To what.
        binding: Binding,
    },
    /// The policy asks nobody.
    NotNeeded {
        /// For what.
        binding: Binding,
    },
    /// An admin went on without the others.
    Bypassed {
        /// With what.
        binding: Binding,
    },
}

impl Approval {
    /// What may go on because of it.
    pub fn allows(&self) -> Option<&Binding> {
        match self {
            Self::Approved { binding } | Self::NotNeeded { binding } | Self::Bypassed { binding } => {
                Some(binding)
            }
            Self::Unknown
            | Self::Pending { .. }
            | Self::Rejected { .. }
            | Self::Expired
            | Self::Void { .. } => None,
        }
    }
}

/// What an executor says of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How it stands.
    pub outcome: Outcome,
    /// Since when, as the executor says.
    pub at: DateTime<Utc>,
    /// Whether users were exposed, where it says so.
    pub exposed: Option<bool>,
    /// Id of the database's backup.
    pub backup_id: Option<String>,
    /// Whether that was verified, where it says so.
    #[serde(default)]
    pub backup_verified: Option<bool>,
    /// Whether it got the image from its registry, where it says so.
    #[serde(default)]
    pub pulled: Option<bool>,
    /// The executor's own words.
    pub note: Option<String>,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is worked on.
    Running,
    /// It was carried out.
    Succeeded,
    /// It was not.
    Failed,
}

impl Outcome {
    /// The outcome that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "running" => Some(Self::Running),
            "succeeded" => Some(Self::Succeeded),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What watching found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The window is over, and nothing was wrong in it.
    Pass {
        /// The samples.
        detail: Value,
    },
    /// A rule was hit.
    Fail {
        /// Which, for people.
        why: String,
        /// Samples, query and thresholds.
        detail: Value,
    },
    /// Too little is known to say either.
    Insufficient {
        /// What is missing.
        why: String,
    },
}

/// What a person asks of a drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What.
    pub what: Ask,
    /// Why.
    pub why: String,
    /// When.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// Who: a person by id, so that erasing them erases this too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Whatever else asks, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Asked {
    /// What somebody asks, and why.
    pub fn by(viewer: &Viewer, what: Ask, why: &str, at: DateTime<Utc>) -> Self {
        let person = viewer.signed_in();
        let name = person.is_none().then(|| viewer.actor().name().to_owned());
        Self {
            what,
            why: why.to_owned(),
            at: Some(at),
            person,
            name,
        }
    }
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Call it off.
    Cancel,
    /// Undo it.
    RollBack,
}

/// Who holds the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Nobody.
    Free,
    /// This drive.
    Own,
    /// Another.
    Of(DeployId),
}

/// How the drive that undoes this one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// There is none.
    None,
    /// It is on its way.
    Open,
    /// It ended.
    Ended(End),
}

/// One thing that a drive is told. Kept until the phase that it is about looks at it, so that what arrives early or twice
/// does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", content = "value", rename_all = "snake_case")]
pub enum Told {
    /// How the approval of a round stands.
    Approval(Approval),
    /// What an executor says of an order.
    Report(Report),
    /// What watching a step found.
    Verdict(Verdict),
    /// That a person confirms.
    Confirmation(String),
    /// What a person asks.
    Asked(Asked),
    /// What a scan or a signature is known to be.
    Fact(Finding),
    /// What asking the service's own address gave, before anything was touched.
    Probe(Probe),
}

/// What something told is about: the latest of one subject counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Its word.
    pub word: String,
    /// Of which round.
    pub round: i16,
    /// Of which step.
    pub step: i16,
}

impl Subject {
    /// What is about the whole drive.
    pub fn whole(word: &str) -> Self {
        Self::at(word, 0, 0)
    }

    /// What is about a round and a step.
    pub fn at(word: &str, round: i16, step: i16) -> Self {
        Self {
            word: word.to_owned(),
            round,
            step,
        }
    }

    /// What is about a phase at a round and step.
    pub fn of_phase(phase: Phase, round: i16, step: i16) -> Self {
        Self::at(phase.as_str(), round, step)
    }
}

impl Told {
    /// What of two things said about one subject stays: the higher. What was said of the first order may be corrected by more
    /// of its kind; what is higher is never taken back, so that a failure is a failure.
    pub fn rank(&self) -> i16 {
        match self {
            Self::Approval(approval) => match approval {
                Approval::Unknown | Approval::Pending { .. } => 0,
                Approval::Approved { .. } | Approval::NotNeeded { .. } | Approval::Bypassed { .. } => 1,
                Approval::Rejected { .. } | Approval::Expired | Approval::Void { .. } => 2,
            },
            Self::Report(report) => match report.outcome {
                Outcome::Running => 0,
                Outcome::Succeeded => 1,
                Outcome::Failed => 2,
            },
            Self::Verdict(verdict) => match verdict {
                Verdict::Insufficient { .. } => 0,
                Verdict::Pass { .. } => 1,
                Verdict::Fail { .. } => 2,
            },
            // Asking to undo goes further than asking to call off.
            Self::Asked(asked) => match asked.what {
                Ask::Cancel => 1,
                Ask::RollBack => 2,
            },
            Self::Confirmation(_) | Self::Probe(_) => 1,
            Self::Fact(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::world::drive, *};

    #[test]
    fn what_fails_outranks_what_passes() {
        let verdict = |verdict| Told::Verdict(verdict).rank();
        let pass = verdict(Verdict::Pass { detail: Value::Null });
        let fail = verdict(Verdict::Fail {
            why: "p99".into(),
            detail: Value::Null,
        });
        assert!(
            fail > pass
                && pass
                    > verdict(Verdict::Insufficient {
                        why: "no series".into()
                    })
        );
        let binding = drive(1).binding();
        let approved = Told::Approval(Approval::Approved { binding }).rank();
        let void = Told::Approval(Approval::Void { why: "pushed".into() }).rank();
        assert!(void > approved && approved > Told::Approval(Approval::Unknown).rank());
    }

    #[test]
    fn what_is_told_is_stored_and_read() {
        let told = Told::Approval(Approval::Approved {
            binding: drive(1).binding(),
        });
        let json = serde_json::to_value(&told).unwrap();
        assert_eq!(serde_json::from_value::<Told>(json).unwrap(), told);
    }
}
