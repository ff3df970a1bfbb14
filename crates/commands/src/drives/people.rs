//! What people say of a drive: call it off, confirm it.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{CanarySeen, Involved},
    audit::parse_reason,
    deploys::drive::{
        Drive,
        acts::{NotNow, may_cancel},
        inputs::{Ask, Asked, Subject, Told},
    },
    ids::DeployId,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{
    confirming::kept_from_confirming,
    jobs::AdvanceDrive,
    known::{ASKED, confirmation, may_go_on},
};
use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, seen_service_of_deploy},
    jobs::Job,
};

impl Commands {
    /// Calls a drive off that users do not see yet. Where the executor may be showing it to users, that is told to stop at once, and
    /// what it says decides: what users saw by then is undone.
    pub async fn cancel_drive(&self, by: &Viewer, deploy: DeployId, reason: &str) -> Result<()> {
        let why = parse_reason(reason)?;
        let (mut tx, drive) = self.open_drive(by, deploy).await?;
        let subject = Subject::whole(ASKED);
        let told = tx.told(deploy).await?;
        may_cancel(&drive, told.iter().any(|(of, _)| *of == subject))?;
        let now = self.now();
        let asked = Told::Asked(Asked::by(by, Ask::Cancel, &why, now));
        tx.tell_drive(deploy, &subject, &asked, now).await?;
        if let Some(place) = drive.standing.place().filter(|place| drive.may_be_showing(place)) {
            self.order_stop(&mut tx, &drive, place).await?;
        }
        self.said(tx, (&drive, None), ("drive.cancel", &why)).await
    }

    /// Lets a drive go on that waits for a person: where too little is known of a step, or where a person confirms a green
    /// deploy. In production that is somebody who may approve there and did not ask for it. Where they name the phase that they
    /// looked at, by its key, no other one is confirmed. What a canary had found by then is kept with it.
    pub async fn confirm_drive(
        &self,
        by: &Viewer,
        deploy: DeployId,
        (phase, reason): (Option<&str>, &str),
    ) -> Result<()> {
        let why = parse_reason(reason)?;
        let (mut tx, drive) = self.open_drive(by, deploy).await?;
        if by.scopes().is_some() && tx.initiator(by.actor()).await?.who == Involved::Machine {
            let why = "a person confirms a deploy, and this token is a program's; sign in, or use a token of your own";
            return Err(CommandError::Denied { why: why.to_owned() });
        }
        let place = drive.standing.place().ok_or(NotNow::Ended)?;
        if phase.is_some_and(|phase| phase != drive.key_of(place)) {
            return Err(NotNow::Moved.into());
        }
        may_go_on(&drive, &tx.told(deploy).await?.into_iter().collect())?;
        if let Some(why) = kept_from_confirming(&mut tx, by, &drive).await? {
            return Err(CommandError::Denied { why });
        }
        let subject = confirmation(place.phase, place.round, place.step);
        let told = Told::Confirmation(why.clone());
        tx.tell_drive(deploy, &subject, &told, self.now()).await?;
        let canary = tx.canary(deploy).await?;
        self.said(tx, (&drive, canary), ("drive.confirm", &why)).await
    }

    /// A drive on its way, locked, of which the viewer may say something.
    async fn open_drive(&self, by: &Viewer, deploy: DeployId) -> Result<(Tx, Drive)> {
        anywhere(by, Action::Deploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let unknown = || CommandError::not_found(format!("deploy {deploy} that Fairway drives"));
        let service = seen_service_of_deploy(&mut tx, by, deploy)
            .await?
            .ok_or_else(unknown)?;
        on_deploy(&mut tx, by, Action::Deploy, (deploy, service)).await?;
        let drive = tx.lock_drive(deploy).await?.ok_or_else(unknown)?;
        if !drive.standing.is_open() {
            return Err(NotNow::Ended.into());
        }
        Ok((tx, drive))
    }

    /// Writes what somebody said of a drive, and what they saw of its canary.
    async fn said(
        &self,
        mut tx: Tx,
        (drive, canary): (&Drive, Option<CanarySeen>),
        (action, why): (&str, &str),
    ) -> Result<()> {
        let mut after = json!({ "state": drive.standing.state() });
        if let Some(canary) = canary {
            after["canary"] = json!(canary);
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action,
            subject: format!("deploy:{}", drive.deploy),
            reason: Some(why),
            before: None,
            after: Some(after),
        })
        .await?;
        tx.remember(drive.deploy).await?;
        tx.enqueue(AdvanceDrive::now(drive.deploy).enqueued()?).await?;
        tx.commit().await?;
        Ok(())
    }
}
