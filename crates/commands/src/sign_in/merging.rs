//! One person, several identities: two rows of people that are one.

use domain::{access::Action, actor::Viewer, error::FieldErrors, ids::PersonId};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::groups::words;
use crate::{Commands, Result, access::whole};

impl Commands {
    /// Makes one person of two, because an admin says so. The other's account goes, with its roles, password and sessions, and
    /// its tokens end: a merge gives nobody a right.
    pub async fn merge_people(&self, by: &Viewer, into: PersonId, other: &str, reason: &str) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let mut errors = FieldErrors::new();
        let found = self
            .reads()
            .person_named(other)
            .await?
            .filter(|(id, _)| *id != into);
        if found.is_none() {
            errors.add(
                "other",
                "write the login at GitHub, an e-mail or the number of somebody else whom Fairway knows",
            );
        }
        let reason = reason.trim();
        if !(3..=2000).contains(&reason.chars().count()) || reason.contains('\0') {
            errors.add(
                "reason",
                "say how you know, in 3 to 2,000 characters; it stands in the audit trail",
            );
        }
        let Some((from, _)) = errors.or(found)? else {
            return Ok(());
        };
        self.account(into).await?;
        let mut tx = self.begin_as(by).await?;
        self.merge_in(&mut tx, from, into, reason).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same in a unit of work, with its audit row.
    pub(super) async fn merge_in(
        &self,
        tx: &mut Tx,
        from: PersonId,
        into: PersonId,
        reason: &str,
    ) -> Result<()> {
        tx.lock_admins().await?;
        let gone = self.reads().account(from).await?;
        let tokens = tx.merge_people(from, into, self.now()).await?;
        if let Some(account) = &gone {
            self.keeps_an_admin(tx, account).await?;
        }
        self.follow_rules(tx, into).await?;
        let account =
            gone.map(|gone| json!({ "name": gone.name, "email": gone.email, "roles": words(&gone.grants) }));
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.merge",
            subject: format!("person:{into}"),
            reason: Some(reason),
            before: Some(json!({ "person": from, "account": account })),
            after: Some(json!({ "tokens_ended": tokens })),
        })
        .await?;
        Ok(())
    }
}
