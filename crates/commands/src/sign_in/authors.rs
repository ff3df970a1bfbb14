//! Authors of commits and the people behind them: by an address that was proved, or that an admin answers for. Never by a name.

use domain::{
    access::Action,
    actor::Viewer,
    audit::parse_reason,
    error::FieldErrors,
    ids::{PersonId, RepositoryId},
    people::normal_email,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{
    CommandError, Commands, Result,
    access::whole,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Says that an address in commits is a person's, and why where somebody says so.
    pub async fn map_author(&self, by: &Viewer, (email, why): (&str, &str), person: PersonId) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let why = Some(why.trim()).filter(|why| !why.is_empty());
        let why = why.map(parse_reason).transpose()?;
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
            reason: why.as_deref(),
            before: None,
            after: Some(json!({ "email": email, "name": account.name })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Says that an address in commits is not a person's after all: they lose it, and its commits are nobody's until somebody
    /// says whose.
    pub async fn unmap_author(
        &self,
        by: &Viewer,
        person: PersonId,
        (email, why): (&str, &str),
    ) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        // The page has another field of the usual name.
        let why = parse_reason(why).map_err(|mut errors| {
            for error in &mut errors.0 {
                "unmap_reason".clone_into(&mut error.field);
            }
            errors
        })?;
        let account = self.account(person).await?;
        let email = normal_email(email);
        let mut tx = self.begin_as(by).await?;
        if !tx.delete_email(person, &email).await? {
            return Err(CommandError::not_found(
                "such address of theirs; somebody may have taken it away already",
            ));
        }
        let repositories = tx.unmap_authors(person, &email).await?;
        self.derive_in(&mut tx, repositories).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.unmap_author",
            subject: format!("person:{person}"),
            reason: Some(&why),
            before: Some(json!({ "email": email, "name": account.name })),
            after: None,
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

    async fn map_in(&self, tx: &mut Tx, person: PersonId, emails: &[String]) -> Result<()> {
        let repositories = tx.map_authors(person, emails).await?;
        self.derive_in(tx, repositories).await
    }

    /// What is derived from the commits follows.
    async fn derive_in(&self, tx: &mut Tx, repositories: Vec<RepositoryId>) -> Result<()> {
        for repository in repositories {
            for service in tx.services_of_repository(repository).await? {
                tx.enqueue(DeriveService { service }.enqueued()?).await?;
            }
        }
        Ok(())
    }
}
