//! Erasing a person who asks for it: a pseudonym takes their place, and what they did stays provable.

use domain::{access::Action, actor::Viewer, error::FieldErrors, ids::PersonId};
use serde_json::json;
use store::{AuditEntry, Erased, StoreError, Tx};

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Replaces who a person is by a pseudonym, in the audit trail too, whose chain stays whole. Cannot be undone.
    pub async fn erase_person(&self, by: &Viewer, person: PersonId, reason: &str) -> Result<Erased> {
        whole(by, Action::ManagePeople)?;
        let reason = reason.trim();
        if !(3..=2000).contains(&reason.chars().count()) || reason.contains('\0') {
            let message =
                "say why in 3 to 2,000 characters, without naming the person; it stands in the audit trail";
            return Err(FieldErrors::one("reason", message).into());
        }
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_admins().await?;
        let account = self.reads().account(person).await?;
        for merged in tx.merged_into(person).await? {
            match self.erase_in(&mut tx, merged, reason).await {
                Ok(_) | Err(CommandError::Conflict { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        let erased = self.erase_in(&mut tx, person, reason).await?;
        if let Some(account) = &account {
            self.keeps_an_admin(&mut tx, account).await?;
        }
        tx.commit().await?;
        Ok(erased)
    }

    /// Erases one row of people, with its audit row.
    async fn erase_in(&self, tx: &mut Tx, person: PersonId, reason: &str) -> Result<Erased> {
        let erased = match tx.erase_person(person).await {
            Ok(Some(erased)) => erased,
            Ok(None) => return Err(CommandError::not_found(format!("person {person}"))),
            Err(StoreError::Duplicate { .. }) => {
                return Err(CommandError::Conflict {
                    why: format!("person {person} was erased already"),
                });
            }
            Err(other) => return Err(other.into()),
        };
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            // Verifying the trail looks for this row: without it, an erased part of another row is a fault.
            action: "person.erase",
            subject: format!("person:{person}"),
            reason: Some(reason),
            before: None,
            after: Some(json!({ "identities": erased.identities, "audit_rows": erased.audit_rows })),
        })
        .await?;
        Ok(erased)
    }
}
