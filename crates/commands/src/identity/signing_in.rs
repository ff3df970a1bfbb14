//! Signing in: a password, a code where one is asked for, and what is written about both.

use chrono::{DateTime, Utc};
use domain::{
    actor::{Actor, Viewer},
    error::FieldErrors,
    ids::PersonId,
    people::normal_email,
};
use serde_json::json;
use store::{AuditEntry, Credentials, Tx};

use super::{
    password::{Good, is_outdated},
    shared::Origin,
};
use crate::{CommandError, Commands, Result};

/// The right password was given, and a code is asked for.
const GAVE_PASSWORD: &str = "session.give_password";
/// Somebody is signed in.
pub(crate) const SIGNED_IN: &str = "session.sign_in";

/// Who somebody proved to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Who.
    pub person: PersonId,
    /// Since when the password and the authenticator are what they were when it was proved by them: a session opens nothing
    /// once they are newer. `None` where neither was asked for.
    pub since: Option<DateTime<Utc>>,
}

impl From<PersonId> for Proved {
    /// Somebody who proved it without a password.
    fn from(person: PersonId) -> Self {
        Self { person, since: None }
    }
}

/// How far signing in came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Somebody is signed in.
    Done(Proved),
    /// The password was right; a code is asked for.
    NeedsCode(Proved),
}

impl Commands {
    /// Signs somebody in by e-mail and password. Whatever is wrong, the answer is the same and takes as long.
    pub async fn sign_in(&self, email: &str, password: &str, from: &Origin) -> Result<SignIn> {
        self.takes_passwords()?;
        let email = normal_email(email);
        let counted = match self.hold_up(from) {
            Ok(()) => self.hold_up_account(&email, from).await,
            held_up => held_up,
        };
        if let Err(refused) = counted {
            self.note_refused("sign_in_held_up", None, from).await?;
            return Err(refused);
        }
        let known = self.reads().credentials_of_email(&email).await?;
        let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
        let right = self.identity.hasher.verify(password, hash).await?;
        let Some(known) = known.as_ref().filter(|known| right && !known.is_disabled) else {
            let person = known.as_ref().map(|known| known.person);
            self.note_refused("sign_in_refused", person, from).await?;
            return Err(FieldErrors::one("password", "the e-mail or the password is not right").into());
        };
        let mut tx = self.store.begin(&actor(known)).await?;
        if let Some(old) = known.password_hash.as_deref().filter(|old| is_outdated(old)) {
            let fresh = self.hash(Good::as_chosen(password)).await?;
            tx.rehash_password(known.person, old, &fresh).await?;
        }
        let proved = Proved {
            person: known.person,
            since: known.changed_at,
        };
        let (step, outcome) = if known.has_totp {
            (GAVE_PASSWORD, SignIn::NeedsCode(proved))
        } else {
            self.forget_unheard_groups(&mut tx, known.person).await?;
            (SIGNED_IN, SignIn::Done(proved))
        };
        self.audit_step(&mut tx, (known.person, step), from).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// Counts a try to sign in from an address.
    pub(crate) fn hold_up(&self, from: &Origin) -> Result<()> {
        self.identity.limits.of_address(&from.address, self.now())
    }

    /// The second step: a code of the authenticator, or a recovery code.
    pub async fn sign_in_with_code(&self, person: PersonId, code: &str, from: &Origin) -> Result<()> {
        let known = self.reads().credentials(person).await?;
        let known = known
            .filter(|known| !known.is_disabled)
            .ok_or(CommandError::SignedOut)?;
        let mut tx = self.store.begin(&actor(&known)).await?;
        if !self.takes_code(&mut tx, (person, code), from).await? {
            drop(tx);
            self.note_refused("sign_in_code_refused", Some(person), from)
                .await?;
            return Err(FieldErrors::one("code", "this code is not right, or was used already").into());
        }
        self.forget_unheard_groups(&mut tx, person).await?;
        self.audit_step(&mut tx, (person, SIGNED_IN), from).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the session that a person signs out of.
    pub async fn sign_out(&self, by: &Viewer, session: &[u8]) -> Result<()> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.end_session(person, &hex::encode(session)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "session.sign_out",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: None,
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a session was used.
    pub async fn note_session_use(&self, session: &[u8], from: &Origin) -> Result<()> {
        Ok(self
            .store
            .note_session_use(session, &from.address, self.now())
            .await?)
    }

    pub(crate) async fn audit_step(
        &self,
        tx: &mut Tx,
        (person, action): (PersonId, &'static str),
        from: &Origin,
    ) -> Result<()> {
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action,
                subject: format!("person:{person}"),
                reason: None,
                before: None,
                after: Some(json!({ "address": from.address, "device": from.device })),
            })
            .await?)
    }

    /// What was typed is not kept: it may be a password in the wrong field.
    async fn note_refused(&self, kind: &str, person: Option<PersonId>, from: &Origin) -> Result<()> {
        let detail = json!({ "person": person, "address": from.address, "device": from.device });
        self.note_at_the_door(kind, &from.address, &detail).await
    }
}

fn actor(known: &Credentials) -> Actor {
    Actor::Person {
        id: known.person,
        name: known.name.clone(),
    }
}
