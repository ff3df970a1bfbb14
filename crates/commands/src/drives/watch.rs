//! Watching what a drive has exposed: the probe before anything is touched, a sample whenever one is due, and what they say told
//! to the drive in the unit of work that stores them.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        DeployState,
        drive::{
            Drive, Phase, Place,
            inputs::{Subject, Told, Verdict},
        },
    },
    ids::DeployId,
    notifications::Topic,
    verify::{Check, Outlook, Remedy, Verdict as Judged, Watch},
};
use serde_json::json;
use store::Tx;

use super::{
    defects::asked_about,
    jobs::WatchDrive,
    known::{PROBE, VERDICT},
    order::notice,
    told::tell_in,
};
use crate::{CommandError, Commands, Result, intake::system, verify::WatchOf};

impl Commands {
    /// Asks a service's health address before its drive touches anything, once. What was broken before is no fault of a release.
    pub(super) async fn probe_before(&self, deploy: DeployId) -> Result<()> {
        if !self.probes() {
            return Ok(());
        }
        let url = self.reads().address_to_probe(deploy).await?;
        if let Some(probe) = self.probe(url.as_deref()).await {
            let mut tx = self.store.begin(&system("fairway")).await?;
            let subject = Subject::whole(PROBE);
            tx.tell_drive(deploy, &subject, &Told::Probe(probe), self.now())
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Takes the sample that is due of the step that a drive has exposed, and tells the drive what is known. Until a verdict is
    /// settled the next sample is enqueued; a drive that stands elsewhere is not watched any more.
    pub async fn watch_drive(&self, deploy: DeployId) -> Result<()> {
        let Some(detail) = self.reads().drive(deploy).await? else {
            return Ok(());
        };
        let drive = &detail.drive;
        let Some(place) = drive.standing.place().copied() else {
            return Ok(());
        };
        if place.phase != Phase::Verify {
            return Ok(());
        }
        let mut phases = detail.phases.iter();
        let first = phases.find(|phase| phase.state == DeployState::Deploy);
        let before = first.map_or(place.since, |phase| phase.started_at);
        let watch = match self.watch_of(drive, &place, before).await {
            Ok(watch) => watch,
            Err(CommandError::Conflict { why }) => return self.cannot_watch(drive, &place, why).await,
            Err(error) => return Err(error),
        };
        let (mut tx, outlook) = self.sampled(&watch).await?;
        let told = seen_by_people(&mut tx, deploy, verdict(&watch, &outlook)).await?;
        if let Some(verdict) = told {
            self.tell_watched(&mut tx, (drive, &place), verdict).await?;
        }
        if !outlook.is_settled() {
            let now = self.now();
            tx.enqueue(WatchDrive::at(deploy, watch.next_at(now), now)?)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The watch of a step: since the executor said that it was reached, beside what ran before the drive touched anything. What
    /// a rollback undoes was bad, so it excuses nothing. A stack without users is up or not; nobody asks it for anything.
    async fn watch_of(&self, drive: &Drive, place: &Place, before: DateTime<Utc>) -> Result<Watch> {
        let weight = u8::try_from(drive.weight(place.step)).unwrap_or(100);
        let probed = self.reads().told_of(drive.deploy, &Subject::whole(PROBE)).await?;
        let mut watch = self
            .watch(WatchOf {
                deploy: drive.deploy,
                weight,
                before,
                exposed_at: place.since,
                probe_before: match probed {
                    Some(Told::Probe(probe)) => Some(probe),
                    _ => None,
                },
            })
            .await?;
        if drive.is_rollback() {
            watch.previous = None;
            watch.probe_before = None;
        }
        if weight == 0 {
            watch.checks.retain(|setting| setting.check == Check::Down);
            watch.health_url = None;
        }
        Ok(watch)
    }

    /// What cannot be watched at all is for a person to decide.
    async fn cannot_watch(&self, drive: &Drive, place: &Place, why: String) -> Result<()> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        self.tell_watched(&mut tx, (drive, place), Verdict::Insufficient { why })
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Tells a drive what watching found; where too little is known, also whoever wants to hear that a deploy waits for a person.
    async fn tell_watched(
        &self,
        tx: &mut Tx,
        (drive, place): (&Drive, &Place),
        verdict: Verdict,
    ) -> Result<()> {
        let asks = match &verdict {
            Verdict::Insufficient { why } => Some(why.clone()),
            Verdict::Pass { .. } | Verdict::Fail { .. } => None,
        };
        let subject = Subject::at(VERDICT, place.round, place.step);
        let is_new = tell_in(tx, drive.deploy, (&subject, &Told::Verdict(verdict)), self.now()).await?;
        if let Some(why) = asks.filter(|_| is_new) {
            let names = tx.names_of_place(drive.service, drive.environment).await?;
            let key = format!("{}:asks", drive.key_of(place));
            let notice = notice(drive, &names, (Topic::DeployWaits, &why));
            self.notify(tx, &key, &notice).await?;
        }
        Ok(())
    }
}

/// The same beside what a person saw, which metrics may not: it does not pass before somebody looked at that.
async fn seen_by_people(tx: &mut Tx, deploy: DeployId, verdict: Option<Verdict>) -> Result<Option<Verdict>> {
    let Some(Verdict::Pass { .. }) = verdict else {
        return Ok(verdict);
    };
    let defect = tx.unanswered_defect(deploy).await?;
    let waits = |what: String| Verdict::Insufficient {
        why: asked_about(&what),
    };
    Ok(defect.map(waits).or(verdict))
}

/// What the drive is told of an outlook: nothing before something is known. What its rule does not roll back, a person decides.
fn verdict(watch: &Watch, outlook: &Outlook) -> Option<Verdict> {
    let detail = || json!({ "weight": watch.weight, "outlook": outlook });
    match outlook.verdict {
        Judged::Pass => Some(Verdict::Pass { detail: detail() }),
        Judged::Fail(failure) if failure.remedy == Remedy::RollBack => Some(Verdict::Fail {
            why: failure.to_string(),
            detail: detail(),
        }),
        Judged::Fail(failure) => Some(Verdict::Insufficient {
            why: format!("{failure}, which the rules of its tier leave to a person"),
        }),
        Judged::Insufficient(lacking) if outlook.is_over => Some(Verdict::Insufficient {
            why: lacking.to_string(),
        }),
        Judged::Insufficient(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::verify::{Failure, Insufficient, Lack};

    use super::*;

    fn watch() -> Watch {
        Watch {
            deploy: DeployId(uuid::Uuid::nil()),
            weight: 25,
            service: uuid::Uuid::nil().into(),
            slug: "shop".into(),
            environment: "production".into(),
            version: "2".into(),
            previous: None,
            before: DateTime::UNIX_EPOCH,
            exposed_at: DateTime::UNIX_EPOCH,
            settings: domain::verify::WatchSettings::default(),
            matrix: domain::verify::RollbackMatrix::default(),
            checks: Vec::new(),
            health_url: None,
            probe_before: None,
        }
    }

    fn told(judged: Judged, is_over: bool) -> Option<Verdict> {
        let outlook = Outlook {
            verdict: judged,
            is_over,
        };
        verdict(&watch(), &outlook)
    }

    #[test]
    fn too_little_is_told_when_the_watch_is_over_and_only_a_rule_rolls_back() {
        let silent = Judged::Insufficient(Insufficient {
            check: None,
            lack: Lack::Unanswered,
            since: DateTime::UNIX_EPOCH,
        });
        assert_eq!(told(silent, false), None);
        assert!(matches!(told(silent, true), Some(Verdict::Insufficient { .. })));
        let failed = |remedy| {
            Judged::Fail(Failure {
                check: Check::P99,
                remedy,
                slot: 2,
                at: DateTime::UNIX_EPOCH,
                value: Some(2.5),
                threshold: 2.0,
            })
        };
        let Some(Verdict::Fail { why, detail }) = told(failed(Remedy::RollBack), false) else {
            panic!("it is rolled back at once");
        };
        assert!(why.contains("2.50 s"), "{why}");
        assert_eq!(detail["outlook"]["verdict"]["slot"], 2);
        for remedy in [Remedy::Ask, Remedy::FixForward] {
            assert!(matches!(
                told(failed(remedy), false),
                Some(Verdict::Insufficient { .. })
            ));
        }
    }
}
