//! Saying by hand who sees a service.

use domain::{
    access::{Action, authorize_visibility},
    actor::Viewer,
    audit::parse_reason,
    ids::ServiceId,
    live::{Change, ChangeKind},
};
use serde_json::json;
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::anywhere, deploys::known_service};

impl Commands {
    /// Makes a service private, or lets the whole organisation see it again, with a reason. What its catalog file says stays:
    /// while that hides it, it is hidden.
    pub async fn set_visibility(&self, by: &Viewer, slug: &str, private: bool, reason: &str) -> Result<()> {
        anywhere(by, Action::SetVisibility)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let missing = || CommandError::not_found(format!("service {slug}"));
        let known = known_service(&mut tx, by, ("service", slug)).await?;
        let service: ServiceId = known.map_err(|_| missing())?.0;
        authorize_visibility(by, tx.owned_service(service).await?)?;
        let reason = parse_reason(reason)?;
        let before = tx
            .set_private_by_hand(service, private)
            .await?
            .ok_or_else(missing)?;
        let now = self.now();
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "service.set_visibility",
            subject: format!("service:{service}"),
            reason: Some(&reason),
            before: Some(json!({ "private_by_hand": before })),
            after: Some(json!({ "private_by_hand": private })),
        })
        .await?;
        tx.note_changes([Change::of(ChangeKind::Catalog)], now);
        tx.commit().await?;
        Ok(())
    }
}
