//! Asking for a driven deploy.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::Party,
    deploys::drive::{
        Drive, Phase, PhaseRecord, Place, Standing,
        evidence::{Finding, Item, Waiver},
        inputs::{Subject, Told},
        request::NewDrive,
    },
    deploys::report::NamedRelease,
    environments::EnvironmentClass,
    error::FieldErrors,
    ids::{DeployId, EnvironmentId, RepositoryId},
};
use serde_json::{Value, json};
use store::{AuditEntry, Begun, DeployPlace, DrivenDeploy, StoreError, Tx};

use super::{defects::link_fix, history::event, jobs::AdvanceDrive, rollback::conflict};
use crate::{
    CommandError, Commands, Reported, Result,
    access::{anywhere, on_service},
    approvals::{initiators, is_source},
    deploys::known_service,
    jobs::Job,
};

/// Why nothing is driven to an environment.
const NOBODY: &str = "nobody is set to carry out deploys of this service there; set an executor in the service's settings first";
/// What somebody is called whom the request names and nobody is known by.
const NAMED: &str = "Whoever the request names";

/// What is said of an image, wherever it goes.
const OF_IMAGES: [Item; 2] = [Item::Scan, Item::Signature];

impl Commands {
    /// Asks for a deploy that Fairway drives. The same `external_id` in the same service and environment is the same request,
    /// as long as it asks for the same.
    pub async fn start_drive(&self, by: &Viewer, new: NewDrive) -> Result<Reported<DeployId>> {
        anywhere(by, Action::RequestDeploy)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let (mut drive, repository) = self.drive_of(&mut tx, by, &new).await?;
        let key = match &new.deploy.external_id {
            Some(external) => format!("drive:{external}"),
            None => format!("drive:{}", drive.deploy),
        };
        let place = DeployPlace {
            service: drive.service,
            repository,
            environment: drive.environment,
            key: &key,
        };
        let (id, is_new, taken) = tx
            .put_driven_deploy(drive.deploy, place, &driven(by, &new, &drive), now)
            .await?;
        new.deploy
            .check_release(&taken)
            .map_err(|why| CommandError::Conflict { why })?;
        drive.deploy = id;
        if is_new {
            let executor = tx.executor((drive.service, drive.environment)).await?;
            executor.ok_or_else(|| FieldErrors::one("environment", NOBODY))?;
            let named = (new.deploy.initiator.as_deref(), NAMED);
            let initiators = initiators(&mut tx, by, named).await?;
            let begun = Begun {
                drive: &drive,
                reason: None,
                failure_seen_at: None,
                initiators: &initiators,
                at: now,
            };
            begin(&mut tx, begun).await?;
            tell_facts(&mut tx, by, (&drive, &new), now).await?;
            link_fix(&mut tx, &drive, &new).await?;
        } else {
            repeated(&mut tx, by, (id, &new), now).await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "drive.start",
            subject: format!("deploy:{id}"),
            reason: new.deploy.description.as_deref(),
            before: None,
            after: Some(asked(&new, &drive, is_new)),
        })
        .await?;
        let reported = Reported { id, is_new };
        tx.remember(reported).await?;
        tx.enqueue(AdvanceDrive::now(id).enqueued()?).await?;
        self.commit_and_derive(tx, [drive.service]).await?;
        Ok(reported)
    }

    /// Takes a drive that was just asked for to where people decide on it, so that whoever asked hears what they are asked. What
    /// is not there yet, its job finds later.
    pub async fn prepare_drive(&self, deploy: DeployId) -> Result<()> {
        loop {
            let detail = self.reads().drive(deploy).await?;
            let place = detail.and_then(|detail| detail.drive.standing.place().copied());
            let begins = place.is_some_and(|place| matches!(place.phase, Phase::Requested | Phase::Prepare));
            if !begins || !self.advance_drive(deploy).await? {
                return Ok(());
            }
        }
    }

    /// The drive that is asked for, and the repository of its service, where the viewer may ask for it.
    pub(super) async fn drive_of(
        &self,
        tx: &mut Tx,
        by: &Viewer,
        new: &NewDrive,
    ) -> Result<(Drive, Option<RepositoryId>)> {
        let deploy = &new.deploy;
        let service = known_service(tx, by, ("service", &deploy.service)).await?;
        let environment = known_environment(tx, &deploy.environment).await?;
        if let (Ok((service, _)), Ok((_, class))) = (&service, &environment) {
            let place = (deploy.environment.clone(), Some(*class));
            on_service(tx, by, Action::RequestDeploy, (*service, Some(place))).await?;
        }
        let fits = match &environment {
            Ok((_, class)) => new.check_class(*class),
            Err(_) => Ok(()),
        };
        let place = FieldErrors::both(environment, fits);
        let ((service, repository), ((environment, class), ())) = FieldErrors::both(service, place)?;
        let waivers = new.waivers.iter().cloned();
        let drive = Drive {
            deploy: self.id(),
            service,
            environment,
            class,
            release: NamedRelease {
                sha: deploy.sha.clone(),
                version: deploy.version.clone(),
                digest: deploy.digest.clone(),
            },
            strategy: deploy.strategy,
            weights: new.weights.clone(),
            configuration: new.configuration.clone(),
            undoes: None,
            drill: None,
            waivers: waivers.map(|(item, reason)| Waiver { item, reason }).collect(),
            standing: asked_for(self.now()),
            prepared: None,
            exposed: false,
        };
        Ok((drive, repository))
    }
}

/// The environment of a name with what it is for, or what is wrong with the field. Where it was never deployed to, nothing is
/// driven: a name that was mistyped would become an environment of the whole organisation.
async fn known_environment(
    tx: &mut Tx,
    name: &str,
) -> Result<Result<(EnvironmentId, EnvironmentClass), FieldErrors>> {
    let Some(id) = tx.environment_of_name(name).await? else {
        let message = format!(
            "there is no environment `{name}`; name one that a deploy was reported to, or report one first"
        );
        return Ok(Err(FieldErrors::one("environment", message)));
    };
    Ok(Ok((id, tx.class_of_environment(id).await?)))
}

pub(super) fn driven(by: &Viewer, new: &NewDrive, drive: &Drive) -> DrivenDeploy {
    let deploy = &new.deploy;
    // A person is known by id, so that erasing them erases this too.
    let name = || by.signed_in().is_none().then(|| by.actor().name().to_owned());
    DrivenDeploy {
        release: drive.release.clone(),
        git_ref: deploy.git_ref.clone(),
        strategy: deploy.strategy,
        kind: deploy.kind,
        undoes: None,
        initiator_id: by.signed_in(),
        initiator: deploy.initiator.clone().or_else(name),
        log_url: deploy.log_url.clone(),
        environment_url: deploy.environment_url.clone(),
        description: deploy.description.clone(),
    }
}

/// What is asked for, for the trail.
fn asked(new: &NewDrive, drive: &Drive, is_new: bool) -> Value {
    json!({
        "service": new.deploy.service, "environment": new.deploy.environment, "sha": drive.release.sha,
        "version": drive.release.version, "digest": drive.release.digest, "weights": drive.weights,
        "waivers": drive.waivers, "new": is_new,
    })
}

/// What the pipeline knows of the image; where it says nothing of something, what one said of the same image before. So a
/// release that is promoted from a page has the evidence that it came with. A program's word is a source's; what a person says,
/// with a token of theirs too, is said by hand.
pub(super) async fn tell_facts(
    tx: &mut Tx,
    by: &Viewer,
    (drive, new): (&Drive, &NewDrive),
    now: DateTime<Utc>,
) -> Result<()> {
    let is_source = is_source(tx, by).await?;
    let mut facts = Vec::new();
    for item in OF_IMAGES {
        let told = match said(tx, is_source, (drive, new), item).await? {
            Some(said) => Some(said),
            None => tx.newest_fact(drive, item).await?,
        };
        facts.extend(told.map(|told| (item, told)));
    }
    if let Some(digest) = &drive.release.digest {
        let named = Finding::good(digest.as_str());
        let (own, sha) = ((drive.service, Some(drive.deploy)), drive.release.sha.as_deref());
        let is_told = is_source || tx.is_image_told(own, (digest, sha)).await?;
        let named = if is_told { named } else { named.said_by_hand() };
        facts.push((Item::Digest, named));
    }
    tell_each(tx, drive.deploy, facts, now).await
}

/// What stands of what a request says of an image, with what is known of it; `None` where it says nothing.
async fn said(
    tx: &mut Tx,
    is_source: bool,
    (drive, new): (&Drive, &NewDrive),
    item: Item,
) -> Result<Option<Finding>> {
    let Some((_, said)) = new.facts.iter().find(|(of, _)| *of == item) else {
        return Ok(None);
    };
    let said = said.clone();
    let marked = if is_source { said } else { said.said_by_hand() };
    Ok(Some(marked.over(tx.newest_fact(drive, item).await?)))
}

async fn tell_each(
    tx: &mut Tx,
    deploy: DeployId,
    facts: Vec<(Item, Finding)>,
    now: DateTime<Utc>,
) -> Result<()> {
    for (item, finding) in facts {
        let subject = Subject::whole(item.as_str());
        tx.tell_drive(deploy, &subject, &Told::Fact(finding), now).await?;
    }
    Ok(())
}

/// What is asked for once more has to be what was asked for first. What is said of the image since then is told.
async fn repeated(
    tx: &mut Tx,
    by: &Viewer,
    (deploy, new): (DeployId, &NewDrive),
    now: DateTime<Utc>,
) -> Result<()> {
    let kind = tx.asked_for(deploy).await?.kind;
    let Some(taken) = tx.lock_drive(deploy).await? else {
        return Ok(());
    };
    new.check_same(&taken, kind)
        .map_err(|why| CommandError::Conflict { why })?;
    let is_source = is_source(tx, by).await?;
    let mut facts = Vec::new();
    for item in OF_IMAGES {
        let told = said(tx, is_source, (&taken, new), item).await?;
        facts.extend(told.map(|told| (item, told)));
    }
    tell_each(tx, deploy, facts, now).await
}

/// Whoever asks for a drive that names nobody else; nobody where Fairway does it by itself.
pub(super) async fn asked_by(tx: &mut Tx, by: Option<&Viewer>) -> Result<Vec<Party>> {
    Ok(match by {
        Some(by) => vec![tx.initiator(by.actor()).await?],
        None => Vec::new(),
    })
}

/// Where every drive begins.
pub(super) fn asked_for(now: DateTime<Utc>) -> Standing {
    Standing::At(Place {
        phase: Phase::Requested,
        round: 0,
        step: 0,
        since: now,
    })
}

/// Stores a drive that begins, with its first phase and what its history says of it.
pub(super) async fn begin(tx: &mut Tx, begun: Begun<'_>) -> Result<()> {
    let Begun {
        drive, reason, at, ..
    } = begun;
    match tx.insert_drive(begun).await {
        Err(StoreError::Duplicate { .. }) => {
            return conflict("another deploy undoes it already; wait for its end");
        }
        done => done?,
    }
    let phase = Phase::Requested;
    let record = PhaseRecord {
        key: format!("{}:{}:0.0", drive.deploy, phase.as_str()),
        state: phase.state(),
        round: 0,
        step: 0,
        started_at: at,
        finished_at: None,
        actor: tx.actor().name().to_owned(),
        evidence: reason.map_or(Value::Null, |reason| json!(reason)),
        effects: Vec::new(),
    };
    tx.insert_phase(drive.deploy, &record).await?;
    tx.put_drive_event(drive.deploy, &record.key, &event(phase.state(), at))
        .await?;
    Ok(())
}
