//! The organisation itself: its name, its time zone, and deriving everything it has.

use domain::{access::Action, actor::Viewer, organisation::Organisation};
use serde_json::json;
use store::AuditEntry;

use crate::{Commands, Result, access::whole};

impl Commands {
    /// The organisation of this installation.
    pub async fn organisation(&self) -> Result<Organisation> {
        Ok(self.reads().organisation().await?)
    }

    /// Names the organisation and sets its time zone. The day rollups of the old time zone are dropped with it.
    pub async fn describe_organisation(&self, by: &Viewer, organisation: &Organisation) -> Result<()> {
        whole(by, Action::DescribeOrganisation)?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.set_organisation(organisation).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "organisation.describe",
            subject: "organisation".to_owned(),
            reason: None,
            before: None,
            after: Some(json!({ "name": organisation.name, "time_zone": organisation.time_zone.name() })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Derives every service again, one after the other; gives how many there are.
    pub async fn derive_every_service(&self) -> Result<usize> {
        let services = self.reads().service_ids().await?;
        for service in &services {
            self.derive_service(*service).await?;
        }
        Ok(services.len())
    }
}
