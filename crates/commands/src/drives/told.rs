//! What the other parts of Fairway tell a drive: whoever asks people, and whoever watches.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::inputs::{Approval, Subject, Told, Verdict},
    ids::DeployId,
};
use store::Tx;

use super::{
    jobs::AdvanceDrive,
    known::{APPROVAL, VERDICT},
};
use crate::{Commands, Result, intake::system, jobs::Job};

impl Commands {
    /// Tells a drive how the approval of a round stands.
    pub async fn tell_approval(&self, deploy: DeployId, round: i16, approval: Approval) -> Result<bool> {
        let subject = Subject::at(APPROVAL, round, 0);
        self.tell_drive(deploy, &subject, &Told::Approval(approval)).await
    }

    /// Tells a drive what watching a step of a round found.
    pub async fn tell_verdict(
        &self,
        deploy: DeployId,
        (round, step): (i16, i16),
        verdict: Verdict,
    ) -> Result<bool> {
        let subject = Subject::at(VERDICT, round, step);
        self.tell_drive(deploy, &subject, &Told::Verdict(verdict)).await
    }

    async fn tell_drive(&self, deploy: DeployId, subject: &Subject, told: &Told) -> Result<bool> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let is_new = tell_in(&mut tx, deploy, (subject, told), self.now()).await?;
        tx.commit().await?;
        Ok(is_new)
    }
}

/// The same in the unit of work of whoever decides: their decision and the drive's knowledge of it are one.
pub(crate) async fn tell_in(
    tx: &mut Tx,
    deploy: DeployId,
    (subject, told): (&Subject, &Told),
    now: DateTime<Utc>,
) -> Result<bool> {
    let is_new = tx.tell_drive(deploy, subject, told, now).await?;
    if is_new {
        tx.enqueue(AdvanceDrive::now(deploy).enqueued()?).await?;
    }
    Ok(is_new)
}
