//! Deploys and phases that a CI or a person reports.

use domain::{
    access::Action,
    actor::Viewer,
    deploys::{
        DeployState,
        report::{NewDeploy, NewPhase},
    },
    error::FieldErrors,
    ids::{DeployId, RepositoryId, ServiceId},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{AuditEntry, DeployPlace, Tx};

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, on_service, seen_service_of_deploy, sees},
    jobs::{DeriveService, Job},
};

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported<T> {
    /// Id of the row.
    pub id: T,
    /// Whether it is new; otherwise a known one was updated.
    pub is_new: bool,
}

impl Commands {
    /// Reports a deploy with the phases it went through so far. The same `external_id` in the same service and
    /// environment updates the deploy, as long as it names the same release. What follows is derived before this returns.
    pub async fn report_deploy(&self, by: &Viewer, new: NewDeploy) -> Result<Reported<DeployId>> {
        anywhere(by, Action::ReportDeploy)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let service = known_service(&mut tx, by, ("service", &new.service)).await?;
        let environment = tx.ensure_environment(self.id(), &new.environment, now).await?;
        let class = tx.class_of_environment(environment).await?;
        let of = service.as_ref().ok().map(|(service, _)| *service);
        if let Some(service) = of {
            let place = (new.environment.clone(), Some(class));
            on_service(&mut tx, by, Action::ReportDeploy, (service, Some(place))).await?;
        }
        let class = new.check_class(class);
        let undone = match new.rollback_of {
            Some(undone) => match (
                known_deploy(&mut tx, by, ("rollback_of", undone), of).await?,
                tx.life_of_deploy(undone).await?,
            ) {
                (Ok(()), Some(life)) => life.check_undone(new.requested_at),
                (known, _) => known,
            },
            None => Ok(()),
        };
        let ((service, repository), _) = FieldErrors::both(service, FieldErrors::both(class, undone))?;
        let fresh: DeployId = self.id();
        let key = match &new.external_id {
            Some(external) => format!("api:{external}"),
            None => format!("api:{fresh}"),
        };
        let place = DeployPlace {
            service,
            repository,
            environment,
            key: &key,
        };
        let (id, is_new, release) = tx.put_reported_deploy(fresh, place, &new, now).await?;
        new.check_release(&release)
            .map_err(|why| CommandError::Conflict { why })?;
        let mut phases = new.phases.clone();
        if is_new {
            phases.push(requested(&new));
        }
        tx.put_phases(id, &phases).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "deploy.report",
            subject: format!("deploy:{id}"),
            reason: None,
            before: None,
            after: Some(json!({
                "service": new.service, "environment": new.environment, "sha": new.sha, "version": new.version,
                "digest": new.digest, "phases": phases.len(), "new": is_new,
            })),
        })
        .await?;
        let reported = Reported { id, is_new };
        tx.remember(reported).await?;
        self.commit_and_derive(tx, [service]).await?;
        Ok(reported)
    }

    /// Reports a phase of a deploy. The same phase again changes nothing.
    pub async fn report_phase(&self, by: &Viewer, deploy: DeployId, phase: NewPhase) -> Result<()> {
        anywhere(by, Action::ReportDeploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let service = seen_service_of_deploy(&mut tx, by, deploy)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))?;
        on_deploy(&mut tx, by, Action::ReportDeploy, (deploy, service)).await?;
        if tx.is_driven(deploy).await? {
            return Err(CommandError::Conflict {
                why: "Fairway drives this deploy and says itself how it goes; report what became of an order by the key \
                      that came with it"
                    .into(),
            });
        }
        tx.put_phases(deploy, std::slice::from_ref(&phase)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "deploy.report_phase",
            subject: format!("deploy:{deploy}"),
            reason: phase.note.as_deref(),
            before: None,
            after: Some(json!({
                "state": phase.state, "at": phase.at, "exposed": phase.exposed, "weight": phase.weight,
            })),
        })
        .await?;
        tx.remember(deploy).await?;
        self.commit_and_derive(tx, [service]).await
    }

    /// Commits, and derives the services at once, so that whoever wrote reads what follows. The job enqueued in the same
    /// unit of work does it again should this process end in between.
    pub(crate) async fn commit_and_derive(
        &self,
        mut tx: Tx,
        services: impl IntoIterator<Item = ServiceId>,
    ) -> Result<()> {
        let mut services: Vec<ServiceId> = services.into_iter().collect();
        services.sort_unstable();
        services.dedup();
        for service in &services {
            tx.enqueue(DeriveService { service: *service }.enqueued()?)
                .await?;
        }
        tx.commit().await?;
        for service in services {
            if let Err(error) = self.derive_service(service).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    %service,
                    "deriving at once did not work; the queued job will"
                );
            }
        }
        Ok(())
    }
}

fn requested(new: &NewDeploy) -> NewPhase {
    NewPhase {
        state: DeployState::Requested,
        at: new.requested_at,
        exposed: None,
        weight: None,
        note: None,
    }
}

/// A registered service that the viewer sees by its slug, or what is wrong with the field.
pub(crate) async fn known_service(
    tx: &mut Tx,
    by: &Viewer,
    (field, slug): (&str, &str),
) -> Result<Result<(ServiceId, Option<RepositoryId>), FieldErrors>> {
    let known = match tx.service_of_slug(slug).await? {
        Some(known) if sees(tx, by, known.0).await? => Some(known),
        _ => None,
    };
    Ok(known.ok_or_else(|| {
        let message = format!("there is no service `{slug}`; register it or import its catalog file first");
        FieldErrors::one(field, message)
    }))
}

/// Whether there is a deploy that the viewer sees and it is one of a service, of any where none is known; else what is wrong with the field.
pub(crate) async fn known_deploy(
    tx: &mut Tx,
    by: &Viewer,
    (field, deploy): (&str, DeployId),
    service: Option<ServiceId>,
) -> Result<Result<(), FieldErrors>> {
    let message = match seen_service_of_deploy(tx, by, deploy).await? {
        Some(owner) if service.is_none_or(|service| owner == service) => return Ok(Ok(())),
        Some(_) => "this deploy is one of another service",
        None => "there is no deploy of this id",
    };
    Ok(Err(FieldErrors::one(field, message)))
}
