//! Minor defects: what people find wrong of what users see, and what follows by the rules of the service's tier.

use domain::{
    access::Action,
    actor::Viewer,
    audit::parse_reason,
    deploys::{
        DeployKind,
        drive::{
            Drive, Phase,
            acts::may_report,
            inputs::{Subject, Told, Verdict},
            request::NewDrive,
        },
    },
    ids::DeployId,
    live::Change,
    notifications::Topic,
    verify::{Defect, Remedy, RollbackMatrix},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{
    jobs::AdvanceDrive,
    known::VERDICT,
    order::notice,
    rollback::{Where, place},
    told::tell_in,
};
use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, seen_service_of_deploy},
    approvals::subject,
    jobs::Job,
};

impl Commands {
    /// Notes a minor defect of a deploy that users see. What follows is set by tier: a fix is deployed on top and linked, a
    /// deploy on its way waits for a person, or it is rolled back. Gives the deploy to look at next.
    pub async fn report_defect(&self, by: &Viewer, deploy: DeployId, what: &str) -> Result<DeployId> {
        anywhere(by, Action::Deploy)?;
        let what = parse_reason(what)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let service = seen_service_of_deploy(&mut tx, by, deploy)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))?;
        on_deploy(&mut tx, by, Action::Deploy, (deploy, service)).await?;
        let drive = tx.lock_drive(deploy).await?;
        let to = place(&mut tx, deploy).await?;
        let running = tx.running_deploy(to.service, to.environment).await?;
        may_report(drive.as_ref(), running == Some(deploy))?;
        let defect = self.note_defect(&mut tx, (deploy, to), what).await?;
        let open = drive.filter(|drive| drive.standing.is_open());
        if let (Some(drive), Remedy::Ask) = (open, defect.remedy) {
            self.ask_about_defect(&mut tx, &drive, &defect.what).await?;
        }
        tx.note_changes([Change::of_deploy(service, deploy)], defect.reported_at);
        tx.commit().await?;
        if defect.remedy == Remedy::RollBack {
            return Ok(self.roll_back_deploy(by, deploy, &defect.what).await?.id);
        }
        Ok(deploy)
    }

    /// Stores a defect with what follows from it.
    async fn note_defect(
        &self,
        tx: &mut Tx,
        (deploy, to): (DeployId, Where),
        what: String,
    ) -> Result<Defect> {
        let about = subject(tx, (to.service, to.environment)).await?;
        let rules = match about.owned.tier {
            Some(tier) => tx.rollback_rules(tier).await?.0,
            None => RollbackMatrix::default(),
        };
        let defect = Defect {
            what,
            remedy: rules.minor_defect,
            reported_at: self.now(),
            fix: None,
        };
        tx.insert_defect(deploy, &defect).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: defect.reported_at,
            action: "drive.report_defect",
            subject: format!("deploy:{deploy}"),
            reason: Some(&defect.what),
            before: None,
            after: Some(json!({ "remedy": defect.remedy })),
        })
        .await?;
        Ok(defect)
    }

    /// Has a drive wait for a person: at once where it is watched, else where it is declared good or watched next.
    async fn ask_about_defect(&self, tx: &mut Tx, drive: &Drive, what: &str) -> Result<()> {
        let now = self.now();
        let why = asked_about(what);
        let watched = drive
            .standing
            .place()
            .filter(|place| place.phase == Phase::Verify);
        if let Some(place) = watched {
            let subject = Subject::at(VERDICT, place.round, place.step);
            let verdict = Verdict::Insufficient { why: why.clone() };
            tell_in(tx, drive.deploy, (&subject, &Told::Verdict(verdict)), now).await?;
        }
        let names = tx.names_of_place(drive.service, drive.environment).await?;
        let key = format!("{}:defect:{}", drive.deploy, now.timestamp_micros());
        self.notify(tx, &key, &notice(drive, &names, (Topic::DeployWaits, &why)))
            .await?;
        tx.enqueue(AdvanceDrive::now(drive.deploy).enqueued()?).await?;
        Ok(())
    }
}

/// Why a drive waits of which somebody reported a defect.
pub(super) fn asked_about(what: &str) -> String {
    format!("somebody reported a minor defect: {what}")
}

/// Links what is asked for to the defects that it may fix: new work is a fix, and what brings the same again is none.
pub(super) async fn link_fix(tx: &mut Tx, drive: &Drive, new: &NewDrive) -> Result<()> {
    if let None | Some(DeployKind::Normal | DeployKind::Hotfix) = new.deploy.kind {
        tx.link_fix(drive).await?;
    }
    Ok(())
}
