//! Steps of workflows that wait for a decision: letting one wait, and telling it how that stands.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{
        ApprovalState, BoundRelease, Facts, GateAnswer, GateKind, NewApproval, NewGate, NewStep, Party,
        WaitingGate,
    },
    error::FieldErrors,
    ids::{EnvironmentId, GateId, ServiceId},
};
use serde_json::json;
use store::Tx;

use super::{
    initiators::{initiators, is_source},
    shared::{may, spoilt, subject},
};
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
        // A step that asks again changes nothing and owes the trail nothing; one that is new is noted with its gate.
        let mut tx = self.store.begin_observation(by.actor()).await?;
        let (service, _) = known_service(&mut tx, by, ("service", &new.service)).await??;
        let environment = tx
            .ensure_environment(self.id(), &new.environment, self.now())
            .await?;
        let about = subject(&mut tx, (service, environment)).await?;
        may(by, Action::RequestDeploy, &about)?;
        if let Some(run) = tx.holding(by.actor()).await?.and_then(|holding| holding.run) {
            new.check_run(&run)?;
        }
        let words = format!("Whoever started run {}", new.run);
        check_named(&mut tx, by, new.initiator.as_deref()).await?;
        let named = (new.initiator.as_deref(), &*words);
        let initiators = initiators(&mut tx, by, named).await?;
        let key = new.key();
        let mut asked = asked_by(new, (service, environment), initiators);
        asked.is_typed = is_typed(&mut tx, by, &asked.release).await?;
        let known = tx.gate_of_key(&key).await?;
        let opened = self.open_gate_in(&mut tx, &asked, &about).await?;
        opened.ok_or_else(spoilt)?;
        let id = tx.gate_of_key(&key).await?;
        let reported = Reported {
            id: id.ok_or_else(|| CommandError::internal("a gate that was opened is not there"))?,
            is_new: known.is_none(),
        };
        tx.remember(reported).await?;
        tx.commit().await?;
        Ok(reported)
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
        let answer = self
            .release_gate_as(by.actor(), &gate.gate.key, &gate.release)
            .await?;
        // It may have ended in that moment, and says why.
        let gate = match answer {
            GateAnswer::No(_) => self.reads_of(by).gate_of_id(id).await?.unwrap_or(gate),
            _ => gate,
        };
        let goes = matches!(answer, GateAnswer::Go | GateAnswer::Gone);
        let state = match answer {
            GateAnswer::No(state) => state,
            GateAnswer::Wait => ApprovalState::Pending,
            GateAnswer::Changed => ApprovalState::Void,
            GateAnswer::Go | GateAnswer::Gone => gate.state,
        };
        let late = "It was approved and did not go on before its deadline; ask again under a new attempt.";
        let why = (state == ApprovalState::Expired).then(|| late.to_owned());
        Ok(StepStanding {
            gate: WaitingGate {
                state,
                why: why.or(gate.why),
                ..gate
            },
            goes,
        })
    }
}

/// Refuses a token of which nobody knows whose it is, where it does not say who asks either.
async fn check_named(tx: &mut Tx, by: &Viewer, named: Option<&str>) -> Result<()> {
    let holding = tx.holding(by.actor()).await?;
    if named.is_none() && holding.is_some_and(|holding| holding.is_nobodys && holding.run.is_none()) {
        let why = "this token is nobody's, so name who asks: the login or e-mail of somebody whom Fairway knows; or use a token of a \
                   person or of a service account";
        return Err(FieldErrors::one("initiator", why).into());
    }
    Ok(())
}

/// Whether the image that a step names is a person's word alone.
async fn is_typed(tx: &mut Tx, by: &Viewer, release: &BoundRelease) -> Result<bool> {
    let Some(digest) = &release.digest else {
        return Ok(false);
    };
    if is_source(tx, by).await? {
        return Ok(false);
    }
    let image = (digest.as_str(), release.sha.as_deref());
    Ok(!tx.is_image_told((release.service, None), image).await?)
}

/// What a step asks about.
fn asked_by(
    new: NewStep,
    (service, environment): (ServiceId, EnvironmentId),
    initiators: Vec<Party>,
) -> NewApproval {
    NewApproval {
        gate: NewGate {
            kind: GateKind::Step,
            key: new.key(),
            details: json!({ "run": new.run, "attempt": new.attempt, "job": new.job }),
        },
        release: BoundRelease {
            service,
            environment,
            sha: new.sha,
            digest: new.digest,
            config: new.config,
            terraform_plan: new.plan,
            terms: None,
        },
        version: new.version,
        kind: None,
        initiators,
        run: Some(new.run),
        course: None,
        is_typed: false,
        facts: Facts::default(),
    }
}
