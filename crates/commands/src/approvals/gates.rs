//! Letting what waits go on.

use domain::approvals::{ApprovalOutcome, BoundRelease, GateAnswer};

use crate::{CommandError, Commands, Result, intake::system};

/// What is taken in one unit of work.
const AT_ONCE: i64 = 100;

impl Commands {
    /// Whether a gate may go on with what it would do now; whoever asks first and may is told to go, and nobody else. Asked by
    /// Fairway itself, in the moment before it goes on: that something was approved is no news of what it became since.
    pub async fn release_gate(&self, key: &str, release: &BoundRelease) -> Result<GateAnswer> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let answer = tx.release_gate(key, release.binding(), self.now()).await?;
        let answer = answer.ok_or_else(|| CommandError::not_found(format!("gate {key}")))?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes what became of requests since it was taken last, for whatever follows; each is taken once.
    pub async fn take_approval_outcomes(&self) -> Result<Vec<ApprovalOutcome>> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let taken = tx.take_approval_outcomes(AT_ONCE, self.now()).await?;
        tx.commit().await?;
        Ok(taken)
    }
}
