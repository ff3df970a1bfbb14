//! Links that let somebody in once: made on the server or by an admin, and used by whoever holds them.

use domain::{
    access::{Action, NewGrant, Role},
    actor::{Actor, Viewer},
    error::FieldErrors,
    ids::PersonId,
    people::{LinkPurpose, NewAccount},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AuditEntry, Credentials, SingleUseLink, StoreError, Tx};

use super::{
    password::Good,
    shared::Origin,
    signing_in::{Proved, SIGNED_IN, SignIn},
};
use crate::{CommandError, Commands, Result, access::whole};

/// Whom a link lets in, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetIn {
    /// What the link is for.
    pub purpose: LinkPurpose,
    /// Name and e-mail of the person it is for, where it is for one.
    pub person: Option<(String, String)>,
}

/// The code that a link carries, of a secret.
pub fn code_of(secret: [u8; 32]) -> String {
    hex::encode(secret)
}

fn sha256(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// One answer for links that never were, are over, or were used.
fn works_no_more() -> CommandError {
    CommandError::NotFound {
        what:
            "link of this code that still works; links work once and for a limited time, so ask for a new one"
                .to_owned(),
    }
}

impl Commands {
    /// The code of a link that makes an admin, printed on the server: the first one, or one more where `recovery` is asked
    /// for. `None` where there is an admin and no recovery is asked for.
    pub async fn make_set_up_link(&self, by: &Viewer, recovery: bool) -> Result<Option<String>> {
        whole(by, Action::ManagePeople)?;
        let purpose = match (self.reads().admin_count().await?, recovery) {
            (0, _) => LinkPurpose::SetUp,
            (_, true) => LinkPurpose::Recovery,
            (_, false) => return Ok(None),
        };
        self.make_link(by, purpose, None).await.map(Some)
    }

    /// The code of a link that signs a person of the demo in.
    pub async fn make_demo_link(&self, by: &Viewer, email: &str) -> Result<String> {
        whole(by, Action::ManagePeople)?;
        self.is_demo().await?;
        let found = self.reads().credentials_of_email(email).await?;
        let found = found.ok_or_else(|| CommandError::not_found(format!("person {email} in the demo")))?;
        self.make_link(by, LinkPurpose::SignIn, Some(found.person)).await
    }

    pub(super) async fn make_link(
        &self,
        by: &Viewer,
        purpose: LinkPurpose,
        person: Option<PersonId>,
    ) -> Result<String> {
        let mut tx = self.store.begin(by.actor()).await?;
        let code = self.link_in(&mut tx, purpose, person).await?;
        tx.commit().await?;
        Ok(code)
    }

    /// Makes a link in a unit of work, with its audit row.
    pub(super) async fn link_in(
        &self,
        tx: &mut Tx,
        purpose: LinkPurpose,
        person: Option<PersonId>,
    ) -> Result<String> {
        let (code, now) = (code_of(self.secret()), self.now());
        tx.insert_link(SingleUseLink { purpose, person }, &sha256(&code), now)
            .await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "link.make",
            subject: person.map_or_else(|| "organisation".to_owned(), |id| format!("person:{id}")),
            reason: None,
            before: None,
            after: Some(json!({ "purpose": purpose.as_str(), "until": now + purpose.lasts() })),
        })
        .await?;
        Ok(code)
    }

    /// What a link is for, without using it.
    pub async fn let_in_by(&self, code: &str) -> Result<LetIn> {
        let link = self.reads().single_use_link(&sha256(code), self.now()).await?;
        let link = link.ok_or_else(works_no_more)?;
        let person = match link.person {
            Some(id) => self.reads().account(id).await?,
            None => None,
        };
        if link.purpose == LinkPurpose::SetUp && self.reads().admin_count().await? > 0 {
            return Err(works_no_more());
        }
        Ok(LetIn {
            purpose: link.purpose,
            person: person.map(|account| (account.name, account.email)),
        })
    }

    /// Makes an admin by a link from the server, and gives who that is. An account of this e-mail that is there gets the
    /// password, without any authenticator.
    pub async fn set_up(&self, code: &str, new: NewAccount, password: &str) -> Result<Proved> {
        let link = self.let_in_by(code).await?;
        if !matches!(link.purpose, LinkPurpose::SetUp | LinkPurpose::Recovery) {
            return Err(works_no_more());
        }
        let good = Good::parse(password, &[&new.name, &new.email])?;
        let hash = self.hash(good).await?;
        let now = self.now();
        let known = self.reads().credentials_of_email(&new.email).await?;
        if let Some(known) = &known {
            self.is_theirs(known, &new.email).await?;
        }
        let fresh: PersonId = self.id();
        let actor = Actor::Person {
            id: known.map_or(fresh, |known| known.person),
            name: new.name.clone(),
        };
        let mut tx = self.store.begin(&actor).await?;
        tx.lock_admins().await?;
        let used = tx.use_link(&sha256(code), now).await?.ok_or_else(works_no_more)?;
        if used.purpose == LinkPurpose::SetUp && tx.admins_left().await? > 0 {
            return Err(works_no_more());
        }
        let person = if let Some(known) = tx.account_of_email(&new.email).await? {
            known
        } else {
            tx.insert_account(fresh, &new, Some(now), now).await?;
            fresh
        };
        tx.set_password(person, &hash, now).await?;
        tx.set_totp(person, None).await?;
        tx.set_disabled(person, None).await?;
        tx.end_sessions(person, None).await?;
        self.grant_in(&mut tx, person, NewGrant::whole(Role::Admin))
            .await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.set_up",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "email": new.email, "role": "admin", "link": used.purpose.as_str() })),
        })
        .await?;
        tx.commit().await?;
        Ok(Proved {
            person,
            since: Some(now),
        })
    }

    /// Refuses an account that came by a provider and whose e-mail nobody proved: whoever it is would be the admin.
    async fn is_theirs(&self, known: &Credentials, email: &str) -> Result<()> {
        let identities = self.reads().identities_of(known.person).await?;
        let (proved, at_providers): (Vec<_>, Vec<_>) = identities
            .iter()
            .partition(|identity| identity.provider == "email");
        if known.password_hash.is_some()
            || at_providers.is_empty()
            || proved.iter().any(|identity| identity.subject == email)
        {
            return Ok(());
        }
        let why = "somebody came by a provider under this e-mail, which nobody proved to be theirs; use another one";
        Err(FieldErrors::one("email", why).into())
    }

    /// Accepts an invitation, or takes a new password by a link from an admin; every session of the person ends. A link
    /// stands for the password only: whoever has an authenticator is asked for its code.
    pub async fn accept_invitation(&self, code: &str, password: &str) -> Result<SignIn> {
        self.takes_passwords()?;
        let link = self.let_in_by(code).await?;
        let (LinkPurpose::Invitation, Some((name, email))) = (link.purpose, link.person) else {
            return Err(works_no_more());
        };
        let good = Good::parse(password, &[&name, &email])?;
        let hash = self.hash(good).await?;
        let now = self.now();
        let (mut tx, person) = self.use_link(code, &name).await?;
        tx.set_password(person, &hash, now).await?;
        tx.end_sessions(person, None).await?;
        self.forget_unheard_groups(&mut tx, person).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.accept",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "email": email })),
        })
        .await?;
        tx.commit().await?;
        let proved = Proved {
            person,
            since: Some(now),
        };
        match self.reads().credentials(person).await? {
            Some(known) if known.has_totp => Ok(SignIn::NeedsCode(proved)),
            _ => Ok(SignIn::Done(proved)),
        }
    }

    /// Signs a person of the demo in.
    pub async fn enter_demo(&self, code: &str, from: &Origin) -> Result<PersonId> {
        self.is_demo().await?;
        let link = self.let_in_by(code).await?;
        let (LinkPurpose::SignIn, Some((name, _))) = (link.purpose, link.person) else {
            return Err(works_no_more());
        };
        let (mut tx, person) = self.use_link(code, &name).await?;
        self.audit_step(&mut tx, (person, SIGNED_IN), from).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// A unit of work of the person that a link is for, with the link used.
    async fn use_link(&self, code: &str, name: &str) -> Result<(Tx, PersonId)> {
        let known = self.reads().single_use_link(&sha256(code), self.now()).await?;
        let person = known.and_then(|link| link.person).ok_or_else(works_no_more)?;
        let actor = Actor::Person {
            id: person,
            name: name.to_owned(),
        };
        let mut tx = self.store.begin(&actor).await?;
        let used = tx.use_link(&sha256(code), self.now()).await?;
        if used.and_then(|link| link.person) != Some(person) {
            return Err(works_no_more());
        }
        Ok((tx, person))
    }

    /// Links that sign in without a password are the demo's alone.
    async fn is_demo(&self) -> Result<()> {
        if self.reads().organisation().await?.is_demo {
            return Ok(());
        }
        Err(CommandError::Denied {
            why: "Only the demo's people are signed in by a link. Use `fairway admin setup-link` here."
                .to_owned(),
        })
    }
}

/// A person who is there already.
pub(crate) fn taken(error: StoreError) -> CommandError {
    match error {
        StoreError::Duplicate { constraint } if constraint == "accounts_by_email" => {
            FieldErrors::one("email", "somebody with this e-mail has an account already").into()
        }
        other => other.into(),
    }
}
