//! Which environments a release has to pass before another.

use domain::{
    access::Action, actor::Viewer, audit::parse_reason, deploys::drive::promotion::check_upstreams,
    error::FieldErrors, ids::EnvironmentId,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Says which environments a release has to succeed in before it may go to another, and why. None: it may go there at once.
    pub async fn set_upstreams(
        &self,
        by: &Viewer,
        environment: &str,
        upstreams: &[String],
        reason: &str,
    ) -> Result<()> {
        whole(by, Action::EditPolicies)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let of = tx
            .environment_of_name(environment)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("environment {environment}")))?;
        let ids = named(&mut tx, upstreams).await?;
        let known = tx.lock_upstreams().await?;
        check_upstreams(of, &ids, &known)?;
        tx.put_upstreams(of, &ids).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "environment.set_upstreams",
            subject: format!("environment:{environment}"),
            reason: Some(&reason),
            before: None,
            after: Some(json!({ "upstreams": upstreams })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn named(tx: &mut Tx, names: &[String]) -> Result<Vec<EnvironmentId>> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let id = tx.environment_of_name(name).await?;
        ids.push(id.ok_or_else(|| {
            FieldErrors::one(
                "upstreams",
                format!("there is no environment `{name}`; name one that is"),
            )
        })?);
    }
    Ok(ids)
}
