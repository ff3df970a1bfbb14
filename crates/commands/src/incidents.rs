//! Incidents as people and machines report them.

use domain::{
    actor::{Scope, Viewer},
    error::FieldErrors,
    ids::{DeployId, IncidentId},
    incidents::{Incident, NewIncident},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{
    CommandError, Commands, Result,
    deploys::{Reported, known_service},
};

impl Commands {
    /// Reports an incident; the same `external_id` again updates it. The deploys it names as its cause are confirmed causes
    /// and count as failed before this returns.
    pub async fn report_incident(&self, by: &Viewer, new: NewIncident) -> Result<Reported<IncidentId>> {
        by.require(Scope::IncidentsWrite)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let (service, _) = known_service(&mut tx, "service", &new.service).await?;
        known_causes(&mut tx, new.caused_by.as_deref().unwrap_or_default()).await?;
        let before = match &new.external_id {
            Some(external) => match tx.incident_of_external_id(external).await? {
                Some(id) => tx.incident(id).await?,
                None => None,
            },
            None => None,
        };
        let (id, is_new) = tx.put_incident(self.id(), service, &new, now).await?;
        let mut touched = vec![service];
        touched.extend(before.as_ref().map(|incident| incident.service));
        match &new.caused_by {
            Some(causes) => {
                let by = by.actor().name();
                touched.extend(tx.set_incident_causes(id, causes, by, now).await?);
            }
            None => touched.extend(tx.services_of_causes(id).await?),
        }
        let after = tx.incident(id).await?;
        if let Some(incident) = &after {
            in_order(incident)?;
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

async fn known_causes(tx: &mut Tx, causes: &[DeployId]) -> Result<()> {
    for (index, deploy) in causes.iter().enumerate() {
        if tx.service_of_deploy(*deploy).await?.is_none() {
            let field = format!("caused_by[{index}]");
            return Err(FieldErrors::one(field, "there is no deploy of this id").into());
        }
    }
    Ok(())
}

/// What this report and earlier ones say together must still be in order.
fn in_order(incident: &Incident) -> Result<()> {
    let later = [
        ("triaged_at", incident.triaged_at),
        ("mitigated_at", incident.mitigated_at),
        ("resolved_at", incident.resolved_at),
    ];
    match later
        .iter()
        .find(|(_, at)| at.is_some_and(|at| at < incident.detected_at))
    {
        Some((field, _)) => Err(CommandError::Invalid(FieldErrors::one(
            *field,
            format!(
                "this cannot be before detected_at, which is {}",
                incident.detected_at.to_rfc3339()
            ),
        ))),
        None => Ok(()),
    }
}
