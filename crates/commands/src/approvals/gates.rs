//! Letting what waits go on.

use chrono::{DateTime, Utc};
use domain::{
    actor::Actor,
    approvals::{ApprovalOutcome, ApprovalState, BoundRelease, Gate, GateAnswer},
    deploys::drive::waits_at,
    ids::{ApprovalId, DeployId},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{covering::is_found_bad, shared::tell};
use crate::{CommandError, Commands, Result, drives::tell_decided, intake::system};

/// What is taken in one unit of work.
const AT_ONCE: i64 = 100;
/// Why an approval does not hold any more.
const FOUND_BAD: &str = "More is known to be wrong with the image than people saw when they approved it; ask again, and they see it.";

impl Commands {
    /// Whether a gate may go on with what it would do now; whoever asks first and may is told to go, and nobody else. Asked by
    /// Fairway itself, in the moment before it goes on: that something was approved is no news of what it became since.
    pub async fn release_gate(&self, key: &str, release: &BoundRelease) -> Result<GateAnswer> {
        self.release_gate_as(&system("fairway"), key, release).await
    }

    /// The same for whoever hears that it goes.
    pub(super) async fn release_gate_as(
        &self,
        actor: &Actor,
        key: &str,
        release: &BoundRelease,
    ) -> Result<GateAnswer> {
        let mut tx = self.store.begin(actor).await?;
        if self.void_where_bad(&mut tx, key).await? {
            tx.commit().await?;
            return Ok(GateAnswer::No(ApprovalState::Void));
        }
        let answer = self.release_in(&mut tx, key, release).await?;
        // Every other answer changes nothing.
        if answer == Some(GateAnswer::Go) {
            tx.commit().await?;
        }
        answer.ok_or_else(|| CommandError::not_found(format!("gate {key}")))
    }

    /// Voids what was approved about an image with which more is known to be wrong since, where what waits at a gate has not gone on;
    /// whether it did. A drive looks at all of its evidence itself, and what an admin went on with holds.
    async fn void_where_bad(&self, tx: &mut Tx, key: &str) -> Result<bool> {
        let Some(request) = tx.request_of_gate(key).await? else {
            return Ok(false);
        };
        let Some(stored) = tx.approval(request).await? else {
            return Ok(false);
        };
        if stored.request.state != ApprovalState::Approved {
            return Ok(false);
        }
        let gates = tx.gates_of(request).await?;
        let waits = |gate: &Gate| gate.gate.key == key && gate.released_at.is_none();
        if !gates.iter().any(waits) || !is_found_bad(tx, &stored).await? {
            return Ok(false);
        }
        let ended = (ApprovalState::Void, FOUND_BAD);
        self.end_request(tx, &stored.request, ended, self.now()).await?;
        Ok(true)
    }

    /// Releases a gate in the unit of work of whatever goes on; `None` where there is no such gate. That one went is in the trail.
    pub(crate) async fn release_in(
        &self,
        tx: &mut Tx,
        key: &str,
        release: &BoundRelease,
    ) -> Result<Option<GateAnswer>> {
        let (now, binding) = (self.now(), release.binding());
        let answer = tx.release_gate(key, binding, now).await?;
        if answer == Some(GateAnswer::Go)
            && let Some(request) = tx.request_of_gate(key).await?
        {
            tell(tx, release.service, now);
            tx.audit(AuditEntry {
                id: self.id(),
                at: now,
                action: "approval.release",
                subject: format!("approval:{request}"),
                reason: None,
                before: None,
                after: Some(json!({ "gate": key, "binding": binding })),
            })
            .await?;
        }
        Ok(answer)
    }

    /// Takes what became of requests since it was taken last, and tells what waits for them; each is taken once. Gives what was
    /// taken.
    pub async fn take_approval_outcomes(&self) -> Result<Vec<ApprovalOutcome>> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let now = self.now();
        let taken = tx.take_approval_outcomes(AT_ONCE, now).await?;
        tell_waiting(&mut tx, &taken, now).await?;
        for outcome in &taken {
            for gate in &outcome.gates {
                self.tell_run(&mut tx, gate, outcome.service).await?;
            }
        }
        tx.commit().await?;
        Ok(taken)
    }
}

/// Tells every drive that waits for a request how it stands. The queue locks the key of each until the commit, so that whoever wakes
/// several does it in the order of their ids: two units of work that do would wait for each other otherwise.
async fn tell_waiting(tx: &mut Tx, taken: &[ApprovalOutcome], now: DateTime<Utc>) -> Result<()> {
    let of = |outcome: &ApprovalOutcome| {
        let drives = outcome.gates.iter().filter_map(|gate| waits_at(gate));
        let request = outcome.request;
        drives.map(|drive| (drive, request)).collect::<Vec<_>>()
    };
    let mut waiting: Vec<((DeployId, i16), ApprovalId)> = taken.iter().flat_map(of).collect();
    waiting.sort_unstable();
    for (drive, request) in waiting {
        if let Some(stored) = tx.approval(request).await? {
            tell_decided(tx, drive, &stored.request, now).await?;
        }
    }
    Ok(())
}
