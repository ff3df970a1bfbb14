//! On which grounds a phase began: the stored evidence, read back into what it was.

use serde::Deserialize;
use serde_json::Value;

use super::{
    PhaseRecord, Prepared, Reason, Target,
    evidence::Evidence,
    inputs::{Approval, Report, Verdict},
};

/// What was known when a phase began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Grounds {
    /// What people are asked to decide on.
    Prepared(Prepared),
    /// Why it is undone, and what comes back.
    Undone {
        /// Why.
        reason: Reason,
        /// To what.
        target: Target,
    },
    /// Why it undoes another one.
    Reason(Reason),
    /// How the approval stood.
    Approval(Approval),
    /// What the executor said.
    Report(Report),
    /// What the sources said.
    Evidence(Evidence),
    /// What watching found, and what somebody confirmed.
    Watched(Option<Verdict>, Option<String>),
    /// Somebody's words.
    Words(String),
}

impl PhaseRecord {
    /// On which grounds it began; `None` where nothing was known, or was kept in another form.
    pub fn grounds(&self) -> Option<Grounds> {
        match &self.evidence {
            Value::Null => None,
            evidence => Grounds::deserialize(evidence).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::{
        super::{
            inputs::Outcome,
            world::{drive, good, id, pass, report},
        },
        *,
    };
    use crate::deploys::DeployState;

    fn read(evidence: impl Serialize) -> Option<Grounds> {
        let at = chrono::DateTime::UNIX_EPOCH;
        let record = PhaseRecord {
            key: "k".into(),
            state: DeployState::Deploy,
            round: 0,
            step: 0,
            started_at: at,
            finished_at: None,
            actor: "fairway".into(),
            evidence: json!(evidence),
            effects: Vec::new(),
        };
        record.grounds()
    }

    #[test]
    fn whatever_a_step_stores_is_read_back_as_what_it_was() {
        let drive = drive(1);
        let evidence = Evidence::of(&drive, good());
        let prepared = Prepared {
            binding: drive.binding(),
            evidence: evidence.clone(),
        };
        let reason = Reason::Person { why: "slow".into() };
        let target = Target {
            deploy: id(2),
            release: super::super::TargetRelease::default(),
        };
        let approval = Approval::Approved {
            binding: drive.binding(),
        };
        let said = report(Outcome::Succeeded, 1);
        for (stored, expected) in [
            (json!(prepared), Grounds::Prepared(prepared)),
            (
                json!({ "reason": reason, "target": target }),
                Grounds::Undone {
                    reason: reason.clone(),
                    target,
                },
            ),
            (json!(reason), Grounds::Reason(reason)),
            (json!(approval), Grounds::Approval(approval)),
            (json!(Approval::Expired), Grounds::Approval(Approval::Expired)),
            (json!(said), Grounds::Report(said)),
            (json!(evidence), Grounds::Evidence(evidence)),
            (
                json!((Some(pass()), None::<String>)),
                Grounds::Watched(Some(pass()), None),
            ),
            (
                json!((None::<Verdict>, Some("go on"))),
                Grounds::Watched(None, Some("go on".into())),
            ),
            (json!("a freeze began"), Grounds::Words("a freeze began".into())),
        ] {
            assert_eq!(read(&stored), Some(expected), "{stored}");
        }
        assert_eq!(read(Value::Null), None);
        assert_eq!(read(json!({ "something": "else" })), None);
    }
}
