//! Authors of commits and the people behind them: by an address that was proved, or that an admin answers for. Never by a name.

use domain::{access::Action, actor::Viewer, error::FieldErrors, ids::PersonId, people::normal_email};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{
    Commands, Result,
    access::whole,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Says that an address in commits is a person's.
    pub async fn map_author(&self, by: &Viewer, email: &str, person: PersonId) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let account = self.account(person).await?;
        let email = normal_email(email);
        if email.is_empty() {
            return Err(FieldErrors::one("email", "choose an address of the list").into());
        }
        let mut tx = self.begin_as(by).await?;
        let new = tx
            .put_emails(person, std::slice::from_ref(&email), self.now())
            .await?;
        if new.is_empty() {
            return Err(FieldErrors::one("email", "this address is somebody's already").into());
        }
        self.map_in(&mut tx, person, &new).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.map_author",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "email": email, "name": account.name })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a person the addresses that were proved to be theirs, and the commits of those that are new.
    pub(super) async fn map_emails_in(&self, tx: &mut Tx, person: PersonId, emails: &[String]) -> Result<()> {
        let new = tx.put_emails(person, emails, self.now()).await?;
        if new.is_empty() {
            return Ok(());
        }
        self.map_in(tx, person, &new).await
    }

    /// What is derived from the commits follows.
    async fn map_in(&self, tx: &mut Tx, person: PersonId, emails: &[String]) -> Result<()> {
        for repository in tx.map_authors(person, emails).await? {
            for service in tx.services_of_repository(repository).await? {
                tx.enqueue(DeriveService { service }.enqueued()?).await?;
            }
        }
        Ok(())
    }
}
