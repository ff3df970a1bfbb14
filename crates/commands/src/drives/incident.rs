//! The incident that a rollback by rule opens: the deploy that is undone is its confirmed cause, and it is mitigated when the release
//! before runs again.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::{Drive, Reason},
    environments::EnvironmentClass,
    ids::DeployId,
    incidents::{NewIncident, Severity},
};
use serde_json::json;
use store::{AuditEntry, PlaceNames, Tx};

use super::order::called;
use crate::{CommandError, Commands, Result};

/// Titles are one line; all of the reason stands on the page of the deploy.
const LONGEST_TITLE: usize = 300;

impl Commands {
    /// Opens an incident of a deploy that is undone by rule. What a person undoes may be no incident: they say so themselves.
    pub(super) async fn open_incident(
        &self,
        tx: &mut Tx,
        (undone, rollback): (&Drive, DeployId),
        (reason, detected_at): (&Reason, DateTime<Utc>),
    ) -> Result<()> {
        if matches!(reason, Reason::Person { .. }) {
            return Ok(());
        }
        let names = tx.names_of_place(undone.service, undone.environment).await?;
        let mut new = incident_of(undone, names, (reason, detected_at))?;
        new.external_id = Some(identity(rollback));
        let now = self.now();
        let (id, _) = tx.put_incident(self.id(), undone.service, &new, now).await?;
        let by = tx.actor().name().to_owned();
        tx.set_incident_causes(id, &[undone.deploy], &by, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "incident.open",
            subject: format!("incident:{id}"),
            reason: Some(&new.title),
            before: None,
            after: Some(
                json!({ "caused_by": undone.deploy, "rollback": rollback, "severity": new.severity }),
            ),
        })
        .await?;
        Ok(())
    }
}

/// The incident of a deploy that is undone.
fn incident_of(
    undone: &Drive,
    names: PlaceNames,
    (reason, detected_at): (&Reason, DateTime<Utc>),
) -> Result<NewIncident> {
    let is_felt = undone.class == EnvironmentClass::Production;
    let severity = Severity::try_from(if is_felt { 2 } else { 3 });
    let release = called(&undone.release);
    let title = format!(
        "{release} was rolled back in {}: {}",
        names.environment,
        reason.sentence()
    );
    Ok(NewIncident {
        service: names.service,
        external_id: None,
        title: title.chars().take(LONGEST_TITLE).collect(),
        severity: severity.map_err(CommandError::internal)?,
        detected_at: Some(detected_at),
        triaged_at: None,
        mitigated_at: None,
        resolved_at: None,
        url: None,
        caused_by: Some(vec![undone.deploy]),
    })
}

/// By which identity a rollback knows its incident.
pub(super) fn identity(rollback: DeployId) -> String {
    format!("fairway:rollback:{rollback}")
}
