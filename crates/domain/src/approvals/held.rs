//! A run at GitHub that a protection rule holds: which it is, and what it is told.

use serde::{Deserialize, Serialize};

use crate::ids::{DeployId, RepositoryId, ServiceId};

/// A run that waits for an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRun {
    /// Its repository, whatever that is called when it is told.
    pub repository: RepositoryId,
    /// GitHub's number of the run.
    pub run: i64,
    /// Its attempt.
    pub attempt: i32,
    /// Name of the environment as GitHub writes it.
    pub environment: String,
    /// GitHub's number of the deployment by which it came to wait.
    pub deployment: i64,
}

/// What stands before the keys of gates at which runs wait.
const GATE: &str = "github:";

impl HeldRun {
    /// The key of its gate: GitHub lets all jobs go together that wait for one environment in one attempt.
    pub fn gate(&self) -> String {
        let environment = self.environment.to_lowercase();
        format!("{GATE}{}/{}/{environment}", self.run, self.attempt)
    }

    /// Whether a run waits at a gate.
    pub fn waits_at(gate: &str) -> bool {
        gate.starts_with(GATE)
    }

    /// The key of the one answer to all that wait at its gate when it is decided.
    pub fn answer(&self) -> String {
        format!("answer:{}", self.gate())
    }

    /// The key of the answer to one that came to wait after that.
    pub fn late_answer(&self) -> String {
        format!("answer:{}:{}", self.gate(), self.deployment)
    }
}

/// What a run is told, as an effect carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReply {
    /// Which run.
    pub run: HeldRun,
    /// The service that it is about, where that is known.
    pub service: Option<ServiceId>,
    /// What.
    pub says: RuleWord,
}

/// What a run can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleWord {
    /// That people decide.
    Waits,
    /// What was decided, as it stands when it is told.
    Decided,
    /// That it goes on as long as what a drive ordered is still to be done: people decided on the drive.
    Ordered {
        /// The drive.
        deploy: DeployId,
        /// The phase that ordered it.
        key: String,
    },
    /// That nobody can be asked, and why.
    Refused(String),
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn jobs_of_one_attempt_wait_together() {
        let job = |attempt, environment: &str, deployment| HeldRun {
            repository: Uuid::from_u128(1).into(),
            run: 7,
            attempt,
            environment: environment.to_owned(),
            deployment,
        };
        let first = job(1, "Live", 1);
        assert_eq!(first.gate(), "github:7/1/live");
        assert!(HeldRun::waits_at(&first.gate()) && !HeldRun::waits_at("drive:7"));
        let (other, again) = (job(1, "Live", 2), job(2, "Live", 3));
        assert_eq!((first.gate(), first.answer()), (other.gate(), other.answer()));
        assert_ne!(first.late_answer(), other.late_answer());
        assert_ne!(first.gate(), again.gate());
        assert_ne!(first.gate(), job(1, "staging", 1).gate());
    }

    #[test]
    fn a_reply_is_read_as_it_is_written() {
        for says in [
            RuleWord::Waits,
            RuleWord::Decided,
            RuleWord::Refused("nobody knows it".to_owned()),
        ] {
            let reply = RuleReply {
                run: HeldRun {
                    repository: Uuid::from_u128(1).into(),
                    run: 7,
                    attempt: 1,
                    environment: "live".to_owned(),
                    deployment: 3,
                },
                service: Some(Uuid::from_u128(2).into()),
                says,
            };
            let json = serde_json::to_value(&reply).unwrap();
            assert_eq!(serde_json::from_value::<RuleReply>(json).unwrap(), reply);
        }
    }
}
