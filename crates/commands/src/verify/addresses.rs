//! What is asked for a service's health in an environment: a stand-in where metrics say nothing, and evidence beside them.

use domain::{access::Action, actor::Viewer, catalog::parse_health_url, error::FieldErrors};
use serde_json::json;
use store::AuditEntry;

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_service},
    deploys::known_service,
};

impl Commands {
    /// Sets what is asked for the health of a service (by its slug) in an environment (by its name). With an empty text the
    /// address of its catalog file is asked there again.
    pub async fn set_health_address(
        &self,
        by: &Viewer,
        (slug, environment): (&str, &str),
        text: &str,
    ) -> Result<()> {
        anywhere(by, Action::EditChecks)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let known = known_service(&mut tx, by, ("service", slug)).await?;
        let service = known
            .map_err(|_| CommandError::not_found(format!("service {slug}")))?
            .0;
        on_service(&mut tx, by, Action::EditChecks, (service, None)).await?;
        let place = tx.environment_of_name(environment).await?;
        let place = place.ok_or_else(|| CommandError::not_found(format!("environment {environment}")))?;
        let url = self.health_url_of(text)?;
        let before = tx.health_address((service, place)).await?;
        let now = self.now();
        tx.put_health_address((service, place), url.as_deref(), now)
            .await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "service.set_health_address",
            subject: format!("service:{service}"),
            reason: None,
            before: Some(json!({ "environment": environment, "url": before })),
            after: Some(json!({ "environment": environment, "url": url })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What would never be asked is not stored.
    fn health_url_of(&self, text: &str) -> Result<Option<String>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |why: String| FieldErrors::one("health_url", why);
        let url = parse_health_url(text).map_err(wrong)?.to_string();
        if let Some(prober) = &self.watching.prober {
            prober.check(&url).map_err(|refused| wrong(refused.to_string()))?;
        }
        Ok(Some(url))
    }
}
