//! Letting what waits go on.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalOutcome, BoundRelease, GateAnswer},
    deploys::drive::waits_at,
};
use store::Tx;

use super::shared::tell;
use crate::{CommandError, Commands, Result, drives::tell_decided, intake::system};

/// What is taken in one unit of work.
const AT_ONCE: i64 = 100;

impl Commands {
    /// Whether a gate may go on with what it would do now; whoever asks first and may is told to go, and nobody else. Asked by
    /// Fairway itself, in the moment before it goes on: that something was approved is no news of what it became since.
    pub async fn release_gate(&self, key: &str, release: &BoundRelease) -> Result<GateAnswer> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let answer = tx.release_gate(key, release.binding(), self.now()).await?;
        let answer = answer.ok_or_else(|| CommandError::not_found(format!("gate {key}")))?;
        if answer == GateAnswer::Go {
            tell(&mut tx, release.service, self.now());
        }
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes what became of requests since it was taken last, and tells what waits for them; each is taken once. Gives what was
    /// taken.
    pub async fn take_approval_outcomes(&self) -> Result<Vec<ApprovalOutcome>> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let now = self.now();
        let taken = tx.take_approval_outcomes(AT_ONCE, now).await?;
        for outcome in &taken {
            tell_waiting(&mut tx, outcome, now).await?;
            for gate in &outcome.gates {
                self.tell_run(&mut tx, gate, outcome.service).await?;
            }
        }
        tx.commit().await?;
        Ok(taken)
    }
}

/// Tells every drive that waits for a request how it stands.
async fn tell_waiting(tx: &mut Tx, outcome: &ApprovalOutcome, now: DateTime<Utc>) -> Result<()> {
    for (deploy, round) in outcome.gates.iter().filter_map(|gate| waits_at(gate)) {
        if let Some(stored) = tx.approval(outcome.request).await? {
            tell_decided(tx, (deploy, round), &stored.request, now).await?;
        }
    }
    Ok(())
}
