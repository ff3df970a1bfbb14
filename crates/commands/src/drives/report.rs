//! What executors say of their orders.

use domain::{
    access::Action,
    actor::Viewer,
    deploys::drive::{
        Phase,
        inputs::{Outcome, Report, Subject, Told},
        report::NewReport,
        stopped_by,
    },
    error::FieldErrors,
    ids::DeployId,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{jobs::AdvanceDrive, rollback::conflict};
use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, seen_service_of_deploy},
    jobs::Job,
};

impl Commands {
    /// Takes an executor's report about the phase that its order named; true where it says something new. Reports come in any
    /// order and any number of times: what was said of an order goes from running to succeeded to failed and never back. One
    /// that comes late is kept and changes nothing.
    pub async fn report_drive(&self, by: &Viewer, new: NewReport) -> Result<bool> {
        anywhere(by, Action::ReportDeploy)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let unknown = || CommandError::not_found(format!("phase {}", new.key));
        let stopped = stopped_by(&new.key);
        let ordered = tx
            .phase_of_key(stopped.unwrap_or(&new.key))
            .await?
            .ok_or_else(unknown)?;
        let service = seen_service_of_deploy(&mut tx, by, ordered.deploy)
            .await?
            .ok_or_else(unknown)?;
        on_deploy(&mut tx, by, Action::ReportDeploy, (ordered.deploy, service)).await?;
        if stopped.is_some() {
            return conflict(
                "nothing waits for a stop to be reported; say how far the order came that it stops, under the key of that one",
            );
        }
        let phase = Phase::parse(ordered.state.as_str()).filter(|phase| phase.is_ordered());
        let Some(phase) = phase else {
            return conflict("nothing was ordered in this phase; report the one that the order names");
        };
        let NewReport { report, fence, key } = new;
        if phase == Phase::Backup {
            check_backup(&report)?;
        }
        let after = json!({ "phase": key, "report": report });
        let subject = Subject::of_phase(phase, ordered.round, ordered.step);
        let is_new = tx
            .tell_drive(ordered.deploy, &subject, &Told::Report(report), now)
            .await?;
        if is_new {
            check_fence(&mut tx, ordered.deploy, fence).await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "drive.report",
            subject: format!("deploy:{}", ordered.deploy),
            reason: None,
            before: None,
            after: Some(after),
        })
        .await?;
        tx.remember(is_new).await?;
        if is_new {
            tx.enqueue(AdvanceDrive::now(ordered.deploy).enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }
}

/// Refuses a backup that nobody could restore.
fn check_backup(report: &Report) -> Result<()> {
    if report.outcome != Outcome::Succeeded || report.is_good_backup() {
        return Ok(());
    }
    let mut errors = FieldErrors::new();
    if report.backup_id.is_none() {
        let message = "name the backup that was made, or waive it when the deploy is asked for";
        errors.add("backup_id", message);
    }
    if report.backup_verified != Some(true) {
        let message = "verify the backup, for example by restoring it elsewhere, and send true; or report that it failed";
        errors.add("backup_verified", message);
    }
    Err(errors.into())
}

/// Refuses what an executor did under a number that the environment is not held by any more: another deploy has it, and nothing
/// that it says from now on would be true of what runs. What was said before may be said again.
async fn check_fence(tx: &mut Tx, deploy: DeployId, fence: Option<i64>) -> Result<()> {
    let (Some(fence), Some(drive)) = (fence, tx.lock_drive(deploy).await?) else {
        return Ok(());
    };
    if tx.fence_of(&drive).await? == Some(fence) {
        Ok(())
    } else {
        conflict(
            "the order came under a number that is over: another deploy has the environment, or this one ended; stop",
        )
    }
}
