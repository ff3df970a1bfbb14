//! Undoing a deploy by a drive of its own.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    audit::parse_reason,
    deploys::{
        DeployKind, Strategy,
        drills::Leg,
        drive::{
            Configuration, Drive, Phase, Place, Reason, Target, Weights,
            acts::{NotNow, may_undo},
            inputs::{Ask, Asked, Lease, Subject, Told},
        },
        report::NamedRelease,
    },
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId, RepositoryId, ServiceId},
    notifications::{Notice, Topic},
};
use serde_json::json;
use store::{AuditEntry, Begun, DeployPlace, DrivenDeploy, Tx};

use super::{
    asker::Asker,
    begin::{asked_for, begin},
    jobs::AdvanceDrive,
    known::ASKED,
    order::{called, notice},
};
use crate::{
    CommandError, Commands, Reported, Result,
    access::{anywhere, on_deploy, seen_service_of_deploy},
    approvals::whoever,
    jobs::Job,
};

/// Where a rollback goes.
#[derive(Clone, Copy)]
pub(super) struct Where {
    pub(super) service: ServiceId,
    pub(super) repository: Option<RepositoryId>,
    pub(super) environment: EnvironmentId,
    pub(super) class: EnvironmentClass,
}

impl Commands {
    /// Undoes a deploy: one that is on its way and that users see is undone by its own drive, what runs in an environment by a
    /// new one. Gives the deploy that does it, the undone one where its drive will.
    pub async fn roll_back_deploy(
        &self,
        by: &Viewer,
        deploy: DeployId,
        reason: &str,
    ) -> Result<Reported<DeployId>> {
        anywhere(by, Action::Deploy)?;
        let why = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let service = seen_service_of_deploy(&mut tx, by, deploy)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))?;
        on_deploy(&mut tx, by, Action::Deploy, (deploy, service)).await?;
        let open = tx
            .lock_drive(deploy)
            .await?
            .filter(|drive| drive.standing.is_open());
        let reported = match open {
            Some(drive) => self.ask_to_undo(&mut tx, by, (&drive, &why)).await?,
            None => self.undo_running(&mut tx, by, deploy, &why).await?,
        };
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "drive.roll_back",
            subject: format!("deploy:{}", reported.id),
            reason: Some(&why),
            before: None,
            after: Some(json!({ "undoes": deploy, "new": reported.is_new })),
        })
        .await?;
        tx.remember(reported).await?;
        tx.enqueue(AdvanceDrive::now(reported.id).enqueued()?).await?;
        self.commit_and_derive(tx, [service]).await?;
        Ok(reported)
    }

    async fn ask_to_undo(
        &self,
        tx: &mut Tx,
        by: &Viewer,
        (drive, why): (&Drive, &str),
    ) -> Result<Reported<DeployId>> {
        may_undo(drive)?;
        way_back(tx, drive.deploy, (drive.service, drive.environment)).await?;
        let now = self.now();
        let asked = Told::Asked(Asked::by(by, Ask::RollBack, why, now));
        tx.tell_drive(drive.deploy, &Subject::whole(ASKED), &asked, now)
            .await?;
        Ok(Reported {
            id: drive.deploy,
            is_new: false,
        })
    }

    async fn undo_running(
        &self,
        tx: &mut Tx,
        by: &Viewer,
        deploy: DeployId,
        why: &str,
    ) -> Result<Reported<DeployId>> {
        let to = place(tx, deploy).await?;
        if tx.running_deploy(to.service, to.environment).await? != Some(deploy) {
            return Err(NotNow::Replaced.into());
        }
        let target = way_back(tx, deploy, (to.service, to.environment)).await?;
        let reason = Reason::Person { why: why.to_owned() };
        let asker = Asker::of(tx, by).await?;
        let rollback = self
            .insert_rollback(tx, (deploy, to), (&reason, &target), (&asker, self.now()))
            .await?;
        let lease = match tx.lease_of(&rollback).await? {
            Lease::Of(_) => None,
            Lease::Free | Lease::Own => tx.take_lease(&rollback, self.now()).await?,
        };
        if lease.is_none() {
            return Err(NotNow::Taken.into());
        }
        self.tell_of_undoing(tx, (deploy, &rollback), why).await?;
        Ok(Reported {
            id: rollback.deploy,
            is_new: true,
        })
    }

    /// What is rolled back by rule, its own drive tells; what runs and has none, whoever undoes it.
    async fn tell_of_undoing(
        &self,
        tx: &mut Tx,
        (undone, rollback): (DeployId, &Drive),
        why: &str,
    ) -> Result<()> {
        let names = tx.names_of_place(rollback.service, rollback.environment).await?;
        let news = Notice {
            release: called(&tx.release_of_deploy(undone).await?),
            by: whoever(tx.actor()),
            reason: Some(why.to_owned()),
            path: format!("/deploys/{undone}"),
            ..notice(
                rollback,
                &names,
                (Topic::DeployRolledBack, "a person rolls it back"),
            )
        };
        let key = format!("{}:undoes", rollback.deploy);
        self.notify(tx, &key, &news).await.map(drop)
    }

    /// Begins the drive that undoes one that is rolled back by rule, and gives it the lease.
    pub(super) async fn begin_rollback(
        &self,
        tx: &mut Tx,
        (undone, at): (&Drive, &Place),
        (reason, target): (&Reason, &Target),
    ) -> Result<()> {
        let to = place(tx, undone.deploy).await?;
        let seen_at = tx.failure_seen_at(undone.deploy, (at.round, at.step)).await?;
        let seen_at = seen_at.unwrap_or_else(|| self.now());
        let asker = Asker::told(tx, undone.deploy, reason).await?;
        let rollback = self
            .insert_rollback(tx, (undone.deploy, to), (reason, target), (&asker, seen_at))
            .await?;
        // Whose executor failed before it was known that users saw it, they see from now on.
        let detected_at = if at.phase == Phase::Deploy {
            self.now()
        } else {
            seen_at
        };
        self.open_incident(tx, (undone, rollback.deploy), (reason, detected_at))
            .await?;
        let handed = tx.hand_lease_over(undone.deploy, &rollback, self.now()).await?;
        if handed.is_none() {
            return Err(CommandError::internal(
                "a deploy that is rolled back had no lease to give",
            ));
        }
        tx.enqueue(AdvanceDrive::now(rollback.deploy).enqueued()?).await?;
        Ok(())
    }

    async fn insert_rollback(
        &self,
        tx: &mut Tx,
        (undone, to): (DeployId, Where),
        (reason, target): (&Reason, &Target),
        (by, seen_at): (&Asker, DateTime<Utc>),
    ) -> Result<Drive> {
        let (id, now): (DeployId, _) = (self.id(), self.now());
        let release = target.release.clone().into();
        let rollback = bringing((id, now), to, (Some(undone), None), release);
        let key = format!("drive:{id}");
        let place = DeployPlace {
            service: to.service,
            repository: to.repository,
            environment: to.environment,
            key: &key,
        };
        let driven = DrivenDeploy {
            release: rollback.release.clone(),
            kind: Some(DeployKind::Rollback),
            undoes: Some(undone),
            initiator_id: by.person,
            initiator: by.name.clone(),
            description: Some(reason.sentence()),
            ..DrivenDeploy::default()
        };
        tx.put_driven_deploy(id, place, &driven, now).await?;
        let begun = Begun {
            drive: &rollback,
            reason: Some(reason),
            failure_seen_at: Some(seen_at),
            initiators: &by.parties,
            at: now,
        };
        begin(tx, begun).await?;
        Ok(rollback)
    }
}

/// The drive that undoes a deploy, or is a leg of a drill: everything at once, since what it brings ran there before.
pub(super) fn bringing(
    (id, now): (DeployId, DateTime<Utc>),
    to: Where,
    (undoes, drill): (Option<DeployId>, Option<Leg>),
    release: NamedRelease,
) -> Drive {
    Drive {
        deploy: id,
        service: to.service,
        environment: to.environment,
        class: to.class,
        release,
        strategy: Strategy::Rolling,
        weights: Weights::of(Strategy::Rolling),
        configuration: Configuration::default(),
        undoes,
        drill,
        waivers: Vec::new(),
        standing: asked_for(now),
        prepared: None,
        exposed: false,
    }
}

/// The release to go back to, where somebody is there to bring it.
async fn way_back(tx: &mut Tx, deploy: DeployId, place: (ServiceId, EnvironmentId)) -> Result<Target> {
    let target = tx.last_good_release(deploy).await?;
    let target = target.ok_or(NotNow::NoWayBack)?;
    match tx.executor(place).await? {
        Some(_) => Ok(target),
        None => Err(NotNow::NoExecutor.into()),
    }
}

/// Where a deploy went.
pub(super) async fn place(tx: &mut Tx, deploy: DeployId) -> Result<Where> {
    let (service, repository, environment) = tx
        .place_of_deploy(deploy)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))?;
    Ok(Where {
        service,
        repository,
        environment,
        class: tx.class_of_environment(environment).await?,
    })
}

pub(super) fn conflict<T>(why: &str) -> Result<T> {
    Err(CommandError::Conflict { why: why.to_owned() })
}

impl From<NotNow> for CommandError {
    fn from(why: NotNow) -> Self {
        Self::Conflict { why: why.to_string() }
    }
}
