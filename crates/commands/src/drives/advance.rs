//! One step of a drive: read what is known, decide, write all that follows in one unit of work.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    deploys::drive::{
        Drive, Effect, End, Phase, PhaseRecord, Place, Standing, Step, inputs::Inputs, next::next,
    },
    ids::DeployId,
    live::Change,
};
use serde_json::{Value, json};
use store::{AuditEntry, Tx};

use super::{
    history::events,
    incident::identity,
    jobs::{AdvanceDrive, WatchDrive},
    known::known,
};
use crate::{Commands, Result, intake::system, jobs::Job};

/// What is due for longer than this was forgotten: its job is gone.
const FORGOTTEN: TimeDelta = TimeDelta::seconds(60);

/// What a step writes beside the drive itself.
struct Written {
    record: PhaseRecord,
    why: String,
}

impl Commands {
    /// Takes a drive one step on, if what is known allows one; true where it moved. Everything that follows from the step is
    /// written in one unit of work: whoever ends in the middle leaves the phase before it, and the next one begins there.
    pub async fn advance_drive(&self, deploy: DeployId) -> Result<bool> {
        self.probe_before(deploy).await?;
        let mut tx = self.store.begin(&system("fairway")).await?;
        let Some(drive) = tx.lock_drive(deploy).await? else {
            return Ok(false);
        };
        let Some(place) = drive.standing.place().copied() else {
            return Ok(false);
        };
        // After the lock, which may have been waited for, and never before the phase that another process began by its own clock.
        let now = self.now().max(place.since);
        let mut inputs = known(&mut tx, &drive, now).await?;
        let mut step = next(&drive, &inputs);
        if let Some(approval) = self.withheld(&mut tx, (&drive, &place), &step).await? {
            inputs.approval = approval;
            step = next(&drive, &inputs);
        }
        if let Step::Stay { why, until } = &step {
            self.wait(&mut tx, &drive, (why, *until)).await?;
            tx.commit().await?;
            return Ok(false);
        }
        if !self.take_step(&mut tx, (&drive, &place), &step, &inputs).await? {
            // Another drive took the environment at the same moment: it looks again when it is time.
            return Ok(false);
        }
        if let (Step::End { state, .. }, Some(undone)) = (&step, drive.undoes) {
            self.end_undone(&mut tx, undone, now).await?;
            if *state == End::Succeeded {
                tx.mitigate_incident(&identity(deploy), now).await?;
            }
        }
        tx.enqueue(AdvanceDrive::now(deploy).enqueued()?).await?;
        self.commit_and_derive(tx, [drive.service]).await?;
        Ok(true)
    }

    async fn wait(&self, tx: &mut Tx, drive: &Drive, (why, until): (&str, DateTime<Utc>)) -> Result<()> {
        let now = self.now();
        let place = drive.standing.place();
        if place.is_some_and(|place| place.phase.holds_lease()) {
            tx.take_lease(drive, now).await?;
        }
        if place.is_some_and(|place| place.phase == Phase::Verify) {
            // A sample that nobody takes any more, because its job is lost, is taken again.
            let drive = drive.deploy;
            tx.enqueue(WatchDrive { drive }.enqueued()?).await?;
        }
        if tx.write_wait(drive.deploy, why, until).await? {
            tx.note_changes([Change::of_deploy(drive.service, drive.deploy)], now);
        }
        tx.enqueue(AdvanceDrive::at(drive.deploy, until, now)?).await?;
        Ok(())
    }

    /// Writes a step; false where another drive has the environment by now.
    async fn take_step(
        &self,
        tx: &mut Tx,
        (drive, place): (&Drive, &Place),
        step: &Step,
        inputs: &Inputs,
    ) -> Result<bool> {
        let after = drive.after(step, inputs.now);
        let fence = match after.standing {
            Standing::At(place) if place.phase.holds_lease() => {
                match tx.take_lease(&after, inputs.now).await? {
                    Some(fence) => Some(fence),
                    None => return Ok(false),
                }
            }
            _ => None,
        };
        let written = written(&after, place, step, (tx.actor().name(), inputs.now));
        tx.write_drive(&after, &written.why, inputs.now).await?;
        self.order_phase(tx, drive, &written.record).await?;
        for (key, event) in events(drive, place, step, inputs) {
            tx.put_drive_event(drive.deploy, &key, &event).await?;
        }
        if let Step::RollBack { reason, target, .. } = step {
            self.begin_rollback(tx, (&after, place), (reason, target)).await?;
        } else if let (Some(leg), Step::End { state, .. }) = (drive.drill, step) {
            self.end_leg(tx, (drive, leg), *state).await?;
        } else if fence.is_none() {
            tx.release_lease(drive).await?;
        }
        self.note_step(tx, drive, (&written, fence)).await?;
        Ok(true)
    }

    /// Ends the deploy that a rollback undid, in the unit of work in which the rollback itself ends: its history never shows
    /// one without the other.
    async fn end_undone(&self, tx: &mut Tx, undone: DeployId, now: DateTime<Utc>) -> Result<()> {
        let Some(drive) = tx.lock_drive(undone).await? else {
            return Ok(());
        };
        let Some(place) = drive.standing.place().copied() else {
            return Ok(());
        };
        let inputs = known(tx, &drive, now).await?;
        let step = next(&drive, &inputs);
        if place.phase == Phase::RollingBack && step.moves() {
            self.take_step(tx, (&drive, &place), &step, &inputs).await?;
        }
        Ok(())
    }

    async fn note_step(
        &self,
        tx: &mut Tx,
        drive: &Drive,
        (written, fence): (&Written, Option<i64>),
    ) -> Result<()> {
        let record = &written.record;
        let ordered: Vec<&str> = record.effects.iter().map(Effect::name).collect();
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "drive.step",
            subject: format!("deploy:{}", drive.deploy),
            reason: Some(&written.why)
                .filter(|why| !why.is_empty())
                .map(String::as_str),
            before: Some(json!({ "state": drive.standing.state() })),
            after: Some(json!({
                "state": record.state, "phase": record.key, "ordered": ordered, "fence": fence,
            })),
        })
        .await?;
        Ok(())
    }

    /// Enqueues every drive that nobody looked at in time, or whose lease ran out with the process that had it. Gives how many.
    pub async fn sweep_drives(&self) -> Result<usize> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let drives = tx.drives_to_take_up(self.now() - FORGOTTEN).await?;
        for drive in &drives {
            tx.enqueue(AdvanceDrive::now(*drive).enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(drives.len())
    }
}

fn written(after: &Drive, before: &Place, step: &Step, (actor, now): (&str, DateTime<Utc>)) -> Written {
    let (key, place) = match &after.standing {
        Standing::At(place) => (after.key_of(place), *place),
        Standing::Ended(end) => (after.key_of_end(*end), *before),
    };
    let (why, evidence) = match step {
        Step::Stay { why, .. } => (why.clone(), Value::Null),
        Step::Enter { evidence, .. } => (String::new(), evidence.clone()),
        Step::RollBack { reason, target, .. } => {
            let evidence = json!({ "reason": reason, "target": target });
            (reason.sentence(), evidence)
        }
        Step::End { why, evidence, .. } => (why.clone(), evidence.clone()),
    };
    let record = PhaseRecord {
        key,
        state: after.standing.state(),
        round: place.round,
        step: place.step,
        started_at: now,
        finished_at: (!after.standing.is_open()).then_some(now),
        actor: actor.to_owned(),
        evidence,
        effects: step.effects().to_vec(),
    };
    Written { record, why }
}
