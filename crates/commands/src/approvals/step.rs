//! Steps of workflows that wait for a decision: letting one wait, and telling it how that stands.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{
        ApprovalState, BoundRelease, Facts, GateAnswer, GateKind, Involved, NewApproval, NewGate, NewStep,
        Party, WaitingGate,
    },
    ids::GateId,
};
use serde_json::json;
use store::Tx;

use super::shared::{may, subject};
use crate::{CommandError, Commands, Reported, Result, access::anywhere, deploys::known_service};

/// How it stands with a step that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct StepStanding {
    /// The gate.
    pub gate: WaitingGate,
    /// Whether the step goes on.
    pub goes: bool,
}

impl StepStanding {
    /// Whether there is nothing to wait for any more.
    pub fn is_over(&self) -> bool {
        self.goes || self.gate.state != ApprovalState::Pending
    }
}

impl Commands {
    /// Lets a step wait for a decision about a release. However often the same one asks, it is one gate; a request that covers
    /// the release is joined, so that one decision lets all of its jobs go.
    pub async fn open_step(&self, by: &Viewer, new: NewStep) -> Result<Reported<GateId>> {
        anywhere(by, Action::RequestDeploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let (service, _) = known_service(&mut tx, by, ("service", &new.service)).await??;
        let environment = tx
            .ensure_environment(self.id(), &new.environment, self.now())
            .await?;
        let about = subject(&mut tx, (service, environment)).await?;
        may(by, Action::RequestDeploy, &about)?;
        let initiator = self.initiator_of_step(&mut tx, by, &new).await?;
        let key = new.key();
        let asked = NewApproval {
            gate: NewGate {
                kind: GateKind::Step,
                key: key.clone(),
                details: json!({ "run": new.run, "attempt": new.attempt, "job": new.job }),
            },
            release: BoundRelease {
                service,
                environment,
                sha: new.sha,
                digest: new.digest,
                config: new.config,
                terraform_plan: new.plan,
            },
            version: new.version,
            kind: None,
            initiator: Some(initiator),
            run: Some(new.run),
            facts: Facts::default(),
        };
        let known = tx.gate_of_key(&key).await?;
        self.open_gate_in(&mut tx, &asked, &about).await?;
        let id = tx.gate_of_key(&key).await?;
        let reported = Reported {
            id: id.ok_or_else(|| CommandError::internal("a gate that was opened is not there"))?,
            is_new: known.is_none(),
        };
        tx.remember(reported).await?;
        tx.commit().await?;
        Ok(reported)
    }

    /// Whoever started the run: the token's own person, or where a program asks, the one whom it names. Somebody whom nobody
    /// knows may be anybody.
    async fn initiator_of_step(&self, tx: &mut Tx, by: &Viewer, new: &NewStep) -> Result<Party> {
        let asking = tx.initiator(by.actor()).await?;
        let Some(named) = new
            .initiator
            .as_deref()
            .filter(|_| asking.who == Involved::Machine)
        else {
            return Ok(asking);
        };
        let who = match self.reads().person_named(named).await? {
            Some((id, _)) => Involved::Person {
                id,
                has_account: true,
            },
            None if named.ends_with("[bot]") => Involved::Machine,
            None => Involved::Unmapped,
        };
        Ok(Party {
            who,
            name: named.to_owned(),
            ..asking
        })
    }

    /// How it stands with a step that waits. Where it may go on, it is told so, also if the answer was lost before.
    pub async fn step_standing(&self, by: &Viewer, id: GateId) -> Result<StepStanding> {
        anywhere(by, Action::RequestDeploy)?;
        let gate = self.reads_of(by).gate_of_id(id).await?;
        // What else waits is let go by Fairway alone.
        let gate = gate.filter(|gate| gate.gate.kind == GateKind::Step);
        let gate = gate.ok_or_else(|| CommandError::not_found(format!("gate {id}")))?;
        let mut tx = self.store.begin(by.actor()).await?;
        let about = subject(&mut tx, (gate.release.service, gate.release.environment)).await?;
        may(by, Action::RequestDeploy, &about)?;
        drop(tx);
        if !gate.state.lets_go_on() {
            return Ok(StepStanding { gate, goes: false });
        }
        let answer = self.release_gate(&gate.gate.key, &gate.release).await?;
        let goes = matches!(answer, GateAnswer::Go | GateAnswer::Gone);
        let state = match answer {
            GateAnswer::No(state) => state,
            GateAnswer::Wait => ApprovalState::Pending,
            GateAnswer::Changed => ApprovalState::Void,
            GateAnswer::Go | GateAnswer::Gone => gate.state,
        };
        Ok(StepStanding {
            gate: WaitingGate { state, ..gate },
            goes,
        })
    }
}
