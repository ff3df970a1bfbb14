//! What a team sets for its service, and the organisation for each tier.

use domain::{
    access::Action,
    actor::Viewer,
    audit::parse_reason,
    catalog::Tier,
    verify::{RawCheck, RawRules, RollbackMatrix, WatchSettings, as_read, parse_checks, parse_rules},
};
use serde_json::{Value, json};
use store::AuditEntry;

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_service, whole},
    deploys::known_service,
};

impl Commands {
    /// Sets by what a service is watched. What is left out has its default from now on.
    pub async fn set_checks(&self, by: &Viewer, slug: &str, raw: &[RawCheck]) -> Result<()> {
        anywhere(by, Action::EditChecks)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let known = known_service(&mut tx, by, ("service", slug)).await?;
        let service = known
            .map_err(|_| CommandError::not_found(format!("service {slug}")))?
            .0;
        on_service(&mut tx, by, Action::EditChecks, (service, None)).await?;
        let checks = parse_checks(raw)?;
        let before = tx.verify_checks(service).await?;
        let now = self.now();
        tx.put_verify_checks(service, &checks, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "service.set_checks",
            subject: format!("service:{service}"),
            reason: None,
            before: Some(json!({ "checks": before })),
            after: Some(json!({ "checks": checks })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets when releases of a tier's services are rolled back, and for how long they are watched, with a reason. Whoever has read
    /// what holds says so by [`as_read`], and writes over nothing else.
    pub async fn set_rollback_rules(
        &self,
        by: &Viewer,
        (tier, read): (Tier, Option<&str>),
        raw: &RawRules,
        reason: &str,
    ) -> Result<()> {
        whole(by, Action::EditPolicies)?;
        let (matrix, settings) = parse_rules(raw)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        // Of two who write at once the second has not read what the first one writes.
        tx.lock_policies().await?;
        let before = tx.rollback_rules(tier).await?;
        if read.is_some_and(|read| read != as_read(&before.0, &before.1)) {
            return Err(CommandError::Conflict {
                why: format!(
                    "somebody set other rules of tier {tier} meanwhile; look at theirs in the table, and save again to put yours in their \
                     place"
                ),
            });
        }
        tx.put_rollback_rules(tier, &matrix, &settings).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "rollback_rules.set",
            subject: format!("tier:{tier}"),
            reason: Some(&reason),
            before: Some(audited(&before.0, &before.1)),
            after: Some(audited(&matrix, &settings)),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn audited(matrix: &RollbackMatrix, settings: &WatchSettings) -> Value {
    json!({
        "matrix": matrix,
        "window_ms": settings.window.num_milliseconds(),
        "step_ms": settings.step.num_milliseconds(),
        "least_samples": settings.least,
    })
}
