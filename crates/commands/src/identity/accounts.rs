//! Accounts: inviting people, disabling them, their passwords and sessions.

use domain::{
    access::{Action, NewGrant},
    actor::Viewer,
    error::FieldErrors,
    ids::PersonId,
    people::{Account, AccountState, LinkPurpose, NewAccount},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::{links::taken, password::Good, shared::Origin};
use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Who a session is of, by the key that it is stored under, and since when, in seconds, the OpenID provider knew them where
    /// it began the session. `None` for a session that is over or whose person cannot sign in any more.
    pub async fn signed_in(&self, session: &[u8]) -> Result<Option<(Viewer, Option<i64>)>> {
        let found = self.reads().signed_in(session, self.now()).await?;
        Ok(found.map(|one| (Viewer::person(one.person, one.name, one.grants), one.known_since)))
    }

    /// Who a person is now, with what was granted; `None` for somebody who cannot sign in.
    pub async fn viewer(&self, person: PersonId) -> Result<Option<Viewer>> {
        let found = self.reads().viewer_of(person).await?;
        Ok(found.map(|(name, grants)| Viewer::person(person, name, grants)))
    }

    /// Invites a person with a role; gives who that is and the code of the link to send them.
    pub async fn invite(&self, by: &Viewer, new: NewAccount, grant: NewGrant) -> Result<(PersonId, String)> {
        whole(by, Action::ManagePeople)?;
        let (person, now): (PersonId, _) = (self.id(), self.now());
        let mut tx = self.store.begin(by.actor()).await?;
        tx.insert_account(person, &new, None, now).await.map_err(taken)?;
        let granted = self.grant_in(&mut tx, person, grant).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.invite",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "name": new.name, "email": new.email, "roles": [granted.to_string()] })),
        })
        .await?;
        let code = self
            .link_in(&mut tx, LinkPurpose::Invitation, Some(person))
            .await?;
        tx.commit().await?;
        Ok((person, code))
    }

    /// A new link for somebody whose invitation is over, or who forgot the password; earlier ones end.
    pub async fn invite_again(&self, by: &Viewer, person: PersonId) -> Result<String> {
        whole(by, Action::ManagePeople)?;
        let account = self.account(person).await?;
        if account.state == AccountState::Disabled {
            return Err(CommandError::Conflict {
                why: format!("the account of {} is disabled; enable it first", account.name),
            });
        }
        self.make_link(by, LinkPurpose::Invitation, Some(person)).await
    }

    /// Makes a person of the demo, who signs in by a link only.
    pub async fn add_demo_person(
        &self,
        by: &Viewer,
        new: NewAccount,
        grants: Vec<NewGrant>,
    ) -> Result<PersonId> {
        whole(by, Action::ManagePeople)?;
        let (person, now): (PersonId, _) = (self.id(), self.now());
        let mut tx = self.store.begin(by.actor()).await?;
        tx.insert_account(person, &new, Some(now), now)
            .await
            .map_err(taken)?;
        let mut granted = Vec::with_capacity(grants.len());
        for grant in grants {
            granted.push(self.grant_in(&mut tx, person, grant).await?.to_string());
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.add",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "name": new.name, "email": new.email, "roles": granted })),
        })
        .await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Disables an account, whose sessions end at once, or enables it again.
    pub async fn set_disabled(&self, by: &Viewer, person: PersonId, disabled: bool) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_admins().await?;
        let account = self.account(person).await?;
        tx.set_disabled(person, disabled.then_some(now)).await?;
        if disabled {
            tx.end_sessions(person, None).await?;
        }
        self.keeps_an_admin(&mut tx, &account).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: if disabled {
                "person.disable"
            } else {
                "person.enable"
            },
            subject: format!("person:{person}"),
            reason: None,
            before: Some(json!({ "state": account.state })),
            after: Some(json!({ "disabled": disabled })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes one's own password; every other session of the person ends.
    pub async fn change_password(
        &self,
        by: &Viewer,
        (old, new): (&str, &str),
        session: &[u8],
        from: &Origin,
    ) -> Result<()> {
        self.takes_passwords()?;
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let account = self.account(person).await?;
        self.identity.limits.of_address(&from.address, self.now())?;
        self.hold_up_account(&account.email, from).await?;
        let known = self.reads().credentials(person).await?;
        let hash = known.and_then(|known| known.password_hash);
        if !self.identity.hasher.verify(old, hash.as_deref()).await? {
            return Err(FieldErrors::one("old_password", "this is not your password").into());
        }
        let good = Good::parse(new, &[&account.name, &account.email, old])?;
        let hash = self.hash(good).await?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.set_password(person, &hash, now).await?;
        let ended = tx.end_sessions(person, Some(session)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.change_password",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "sessions_ended": ended, "address": from.address })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends one of one's own sessions.
    pub async fn end_session(&self, by: &Viewer, key: &str) -> Result<()> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let mut tx = self.store.begin(by.actor()).await?;
        if !tx.end_session(person, key).await? {
            return Err(CommandError::not_found(
                "session of yours by this name; it may be over",
            ));
        }
        self.audit_ended(&mut tx, person, 1).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of one's own sessions, this one too.
    pub async fn end_all_sessions(&self, by: &Viewer) -> Result<()> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let ended = tx.end_sessions(person, None).await?;
        self.audit_ended(&mut tx, person, ended).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends every session of somebody, because an admin says so; they may sign in again.
    pub async fn end_sessions_of(&self, by: &Viewer, person: PersonId) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        self.account(person).await?;
        let mut tx = self.store.begin(by.actor()).await?;
        let ended = tx.end_sessions(person, None).await?;
        self.audit_ended(&mut tx, person, ended).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn audit_ended(&self, tx: &mut Tx, person: PersonId, count: u64) -> Result<()> {
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action: "session.end",
                subject: format!("person:{person}"),
                reason: None,
                before: Some(json!({ "sessions": count })),
                after: None,
            })
            .await?)
    }

    /// An account that is there.
    pub(crate) async fn account(&self, person: PersonId) -> Result<Account> {
        let found = self.reads().account(person).await?;
        found.ok_or_else(|| CommandError::not_found(format!("person {person} with an account")))
    }

    /// The hash of a password that is good enough.
    pub(super) async fn hash(&self, good: Good) -> Result<String> {
        let mut salt = [0; 16];
        salt.copy_from_slice(&self.secret()[..16]);
        self.identity.hasher.hash(good, salt).await
    }
}
