//! The legs of a drill: what each is stored with, what follows from its end, and what came of both.

use domain::{
    actor::Viewer,
    deploys::{
        DeployKind,
        drills::{Leg, judge},
        drive::{Drive, End, Phase},
    },
    ids::DrillId,
};
use serde_json::json;
use store::{AuditEntry, Begun, DeployPlace, DrivenDeploy, OpenDrill, Tx};

use super::{
    begin::{asked_by, begin},
    jobs::AdvanceDrive,
    order::called,
    rollback::{Where, bringing, place},
};
use crate::{CommandError, Commands, Result, jobs::Job};

impl Commands {
    /// Stores a leg that begins, as a deploy of its own kind: it is in no figure.
    pub(super) async fn insert_leg(
        &self,
        tx: &mut Tx,
        (leg, to): (&Drive, Where),
        about: &str,
        by: Option<&Viewer>,
    ) -> Result<()> {
        let (now, key) = (self.now(), format!("drive:{}", leg.deploy));
        let place = DeployPlace {
            service: to.service,
            repository: to.repository,
            environment: to.environment,
            key: &key,
        };
        let initiators = asked_by(tx, by).await?;
        let named = by.filter(|by| by.signed_in().is_none());
        let driven = DrivenDeploy {
            release: leg.release.clone(),
            kind: Some(DeployKind::Drill),
            initiator_id: by.and_then(Viewer::signed_in),
            initiator: named.map(|by| by.actor().name().to_owned()),
            description: Some(about.to_owned()),
            ..DrivenDeploy::default()
        };
        tx.put_driven_deploy(leg.deploy, place, &driven, now).await?;
        let begun = Begun {
            drive: leg,
            reason: None,
            failure_seen_at: leg.undoes.map(|_| now),
            initiators: &initiators,
            at: now,
        };
        begin(tx, begun).await
    }

    /// What follows from the end of a leg, `drive` as it stood before: the environment goes to the second leg, or back, and then it
    /// is known what came of the drill.
    pub(super) async fn end_leg(&self, tx: &mut Tx, (drive, leg): (&Drive, Leg), end: End) -> Result<()> {
        let Some(drill) = tx.open_drill_of(drive.deploy).await? else {
            return Ok(tx.release_lease(drive).await?);
        };
        if leg == Leg::Back {
            if end == End::Succeeded {
                tx.note_drill_stable(drill.id, self.now()).await?;
            }
            if self.comes_again(tx, drive, (&drill, end)).await? {
                return Ok(());
            }
        }
        tx.release_lease(drive).await?;
        self.finish_drill(tx, drive, drill.id).await
    }

    /// Begins the second leg, and hands the environment to it; false where there is nothing to bring again: nothing was ordered, or
    /// another deploy has the environment.
    async fn comes_again(&self, tx: &mut Tx, drive: &Drive, (drill, end): (&OpenDrill, End)) -> Result<bool> {
        let at = drive.standing.place();
        let is_untouched = at.is_none_or(|place| place.phase == Phase::Requested);
        if is_untouched || end == End::Superseded || tx.fence_of(drive).await?.is_none() {
            return Ok(false);
        }
        let to = place(tx, drive.deploy).await?;
        let release = tx.release_of_deploy(drill.ran_before).await?;
        let again = bringing((self.id(), self.now()), to, (None, Some(Leg::Return)), release);
        let about = format!("Rollback drill: {} comes again", called(&again.release));
        self.insert_leg(tx, (&again, to), &about, None).await?;
        tx.put_drill_again(drill.id, again.deploy).await?;
        let handed = tx.hand_lease_over(drive.deploy, &again, self.now()).await?;
        if handed.is_none() {
            return Err(CommandError::internal("a leg of a drill had no lease to give"));
        }
        tx.enqueue(AdvanceDrive::now(again.deploy).enqueued()?).await?;
        Ok(true)
    }

    async fn finish_drill(&self, tx: &mut Tx, drive: &Drive, drill: DrillId) -> Result<()> {
        let (back, again) = tx.legs_of_drill(drill).await?;
        let back = back.ok_or_else(|| CommandError::internal("a drill ends before its first leg"))?;
        let (outcome, why) = judge(&back, again.as_ref());
        let now = self.now();
        tx.end_drill(drill, (outcome, &why), now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "drill.end",
            subject: format!("service:{}", drive.service),
            reason: Some(&why),
            before: None,
            after: Some(json!({ "drill": drill, "outcome": outcome })),
        })
        .await?;
        Ok(())
    }
}
