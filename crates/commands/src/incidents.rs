//! Incidents as people and machines report them.

use domain::{
    access::Action,
    actor::Viewer,
    error::FieldErrors,
    ids::{DeployId, IncidentId},
    incidents::{Incident, NewIncident},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, on_service, seen_service_of_deploy, sees},
    deploys::{Reported, known_service},
};

impl Commands {
    /// Reports an incident; the same `external_id` again updates it. The deploys it names as its cause are confirmed causes
    /// and count as failed before this returns.
    pub async fn report_incident(&self, by: &Viewer, new: NewIncident) -> Result<Reported<IncidentId>> {
        anywhere(by, Action::ReportIncident)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let service = known_service(&mut tx, by, ("service", &new.service)).await?;
        if let Ok((service, _)) = &service {
            on_service(&mut tx, by, Action::ReportIncident, (*service, None)).await?;
        }
        let causes = known_causes(&mut tx, by, new.caused_by.as_deref().unwrap_or_default()).await?;
        let ((service, _), causes) = FieldErrors::both(service, causes)?;
        let before = match &new.external_id {
            Some(external) => match tx.incident_of_external_id(external).await? {
                Some(id) => tx.incident(id).await?,
                None => None,
            },
            None => None,
        };
        if let Some(incident) = &before {
            if !sees(&mut tx, by, incident.service).await? {
                return Err(CommandError::Conflict {
                    why: "this external_id is taken; send one that nobody else uses".into(),
                });
            }
            // Whoever moves an incident to their service takes it from another.
            on_service(&mut tx, by, Action::ReportIncident, (incident.service, None)).await?;
        }
        let named = before.as_ref().map(|incident| incident.caused_by.as_slice());
        may_name(&mut tx, by, &causes, named.unwrap_or_default()).await?;
        let (id, is_new) = tx.put_incident(self.id(), service, &new, now).await?;
        let mut touched = vec![service];
        touched.extend(before.as_ref().map(|incident| incident.service));
        match &new.caused_by {
            Some(_) => {
                let by = by.actor().name();
                touched.extend(tx.set_incident_causes(id, &causes, by, now).await?);
            }
            None => touched.extend(tx.services_of_causes(id).await?),
        }
        let after = tx.incident(id).await?;
        if let Some(incident) = &after {
            incident.check_times()?;
            check_causes(&mut tx, incident, &new).await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "incident.report",
            subject: format!("incident:{id}"),
            reason: None,
            before: before.map(|incident| json!(incident)),
            after: after.map(|incident| json!(incident)),
        })
        .await?;
        let reported = Reported { id, is_new };
        tx.remember(reported).await?;
        self.commit_and_derive(tx, touched).await?;
        Ok(reported)
    }
}

/// The deploys, each once, or which of them do not exist.
async fn known_causes(
    tx: &mut Tx,
    by: &Viewer,
    causes: &[DeployId],
) -> Result<Result<Vec<DeployId>, FieldErrors>> {
    let mut errors = FieldErrors::new();
    for (index, deploy) in causes.iter().enumerate() {
        if seen_service_of_deploy(tx, by, *deploy).await?.is_none() {
            errors.add(format!("caused_by[{index}]"), "there is no deploy of this id");
        }
    }
    let mut causes = causes.to_vec();
    causes.sort_unstable();
    causes.dedup();
    Ok(errors.or(causes))
}

/// A deploy counts as failed for its own service once it is named as a cause, so naming it needs the right there too. One that
/// the incident names already may stand in the report again.
async fn may_name(tx: &mut Tx, by: &Viewer, causes: &[DeployId], named: &[DeployId]) -> Result<()> {
    for deploy in causes.iter().filter(|deploy| !named.contains(deploy)) {
        if let Some(service) = tx.service_of_deploy(*deploy).await? {
            on_deploy(tx, by, Action::ReportIncident, (*deploy, service)).await?;
        }
    }
    Ok(())
}

/// A cause must have been there before the incident: one that is named now, and one of before when the incident gets another
/// time. A report about something else is taken as it is; what follows from the causes is derived, and says so.
async fn check_causes(tx: &mut Tx, incident: &Incident, new: &NewIncident) -> Result<()> {
    let of_before = new.detected_at.map(|_| &incident.caused_by);
    let checked = new.caused_by.as_ref().or(of_before);
    for (place, deploy) in checked.into_iter().flatten().enumerate() {
        let life = tx.life_of_deploy(*deploy).await?;
        incident.check_cause(place, life.and_then(|life| life.exposed_at))?;
    }
    Ok(())
}
