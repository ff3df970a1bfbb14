//! Giving and taking roles.

use domain::{
    access::{Action, Grant, NewGrant},
    actor::Viewer,
    error::FieldErrors,
    ids::{GrantId, PersonId},
    people::Account,
};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Gives a person a role.
    pub async fn grant_role(&self, by: &Viewer, person: PersonId, new: NewGrant) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let account = self.account(person).await?;
        let mut tx = self.store.begin(by.actor()).await?;
        let granted = self.grant_in(&mut tx, person, new).await?;
        let mut after = words(&account.grants);
        after.push(granted.to_string());
        self.audit_roles(&mut tx, "person.grant_role", &account, after)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a role away from a person, but not the last admin's.
    pub async fn revoke_role(&self, by: &Viewer, person: PersonId, grant: GrantId) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_admins().await?;
        let account = self.account(person).await?;
        if !tx.delete_grant(person, grant).await? {
            return Err(CommandError::not_found(format!(
                "role {grant} of {}",
                account.name
            )));
        }
        self.keeps_an_admin(&mut tx, &account).await?;
        let (gone, left): (Vec<Grant>, Vec<Grant>) =
            account.grants.iter().cloned().partition(|held| held.id == grant);
        stay_taken(&mut tx, person, &gone).await?;
        self.audit_roles(&mut tx, "person.revoke_role", &account, words(&left))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a role in a unit of work; the caller writes the audit row.
    pub(super) async fn grant_in(&self, tx: &mut Tx, person: PersonId, new: NewGrant) -> Result<Grant> {
        let team = match &new.team {
            None => None,
            Some(slug) => Some(
                tx.team_of_slug(slug)
                    .await?
                    .ok_or_else(|| FieldErrors::one("team", format!("there is no team {slug}")))?,
            ),
        };
        let grant = Grant {
            id: self.id(),
            role: new.role,
            team,
            tiers: new.tiers,
            classes: new.classes,
        };
        let by = tx.actor().name().to_owned();
        tx.insert_grant(person, &grant, &by, self.now()).await?;
        Ok(grant)
    }

    /// Refuses what would leave nobody who can give roles. The account is as it was before, read under the lock: whoever
    /// became the last admin while this waited stays one.
    pub(crate) async fn keeps_an_admin(&self, tx: &mut Tx, account: &Account) -> Result<()> {
        Ok(account.may_go(tx.admins_left().await?)?)
    }

    pub(super) async fn audit_roles(
        &self,
        tx: &mut Tx,
        action: &'static str,
        account: &Account,
        after: Vec<String>,
    ) -> Result<()> {
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action,
                subject: format!("person:{}", account.person),
                reason: None,
                before: Some(json!({ "roles": words(&account.grants) })),
                after: Some(json!({ "roles": after })),
            })
            .await?)
    }
}

/// Refuses to take away what a rule gives: it would give it again within minutes, and nobody would be told.
pub(super) async fn stay_taken(tx: &mut Tx, person: PersonId, gone: &[Grant]) -> Result<()> {
    for given in tx.missing_ruled_grants(person).await? {
        let is_this = |taken: &&Grant| {
            Grant {
                id: taken.id,
                ..given.clone()
            } == **taken
        };
        if let Some(taken) = gone.iter().find(is_this) {
            return Err(CommandError::Conflict {
                why: format!(
                    "a group at their provider gives them {taken}; take its rule away at /admin/sign-in, take them out of the group, \
                     or disable the account"
                ),
            });
        }
    }
    Ok(())
}

/// Roles as the trail holds them.
pub(super) fn words(grants: &[Grant]) -> Vec<String> {
    grants.iter().map(ToString::to_string).collect()
}
