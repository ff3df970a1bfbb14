//! Registering a service by hand.

use domain::{
    access::Action,
    actor::Viewer,
    catalog::{NewService, Service, SourceKind},
};
use sha2::{Digest, Sha256};
use store::{AuditEntry, GoodVersion};

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_service, sees},
};

impl Commands {
    /// Registers a service by hand. What is in the catalog already is changed where it is described.
    pub async fn register_service(&self, by: &Viewer, new: &NewService) -> Result<Service> {
        anywhere(by, Action::RegisterService)?;
        let (at, entity, document) = (self.now(), new.entity()?, new.document());
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_catalog().await?;
        if let Some(claim) = tx.entity_claims(&[new.reference()]).await?.first() {
            let reference = &claim.reference;
            // A name is there once, so that it is taken cannot be kept from whoever wants it.
            let next = if sees(&mut tx, by, claim.id.0.into()).await? {
                format!("change it where it is described: {}", claim.location)
            } else {
                "choose another name".to_owned()
            };
            return Err(CommandError::Conflict {
                why: format!("{reference} is in the catalog already; {next}"),
            });
        }
        let location = new.reference().to_string();
        let source = tx
            .ensure_catalog_source(self.id(), (SourceKind::Api, &location), None, at)
            .await?;
        let text = serde_json::to_string_pretty(&document).map_err(CommandError::internal)?;
        let sha256 = Sha256::digest(text.as_bytes());
        let version = GoodVersion {
            commit: None,
            sha256: &sha256,
            text: &text,
        };
        tx.note_good_version(source.id, version, &[], at).await?;
        let written = self.put(&mut tx, &entity, (source.id, None), at).await?;
        self.derive_written(&mut tx, &[written]).await?;
        let Some(id) = written.service else {
            return Err(CommandError::not_found(format!("service {}", new.slug())));
        };
        // Now it is known who will own it, of which tier.
        on_service(&mut tx, by, Action::RegisterService, (id, None)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "service.register",
            subject: format!("service:{id}"),
            reason: None,
            before: None,
            after: Some(document),
        })
        .await?;
        tx.remember(id).await?;
        tx.commit().await?;
        let service = self.reads().service_by_id(id).await?;
        service.ok_or_else(|| CommandError::not_found(format!("service {}", new.slug())))
    }
}
