//! Whom a provider's answer lets in: somebody who is known by it, somebody who is invited, or somebody new whose groups have a
//! role.

use domain::{
    actor::{Actor, Viewer},
    ids::PersonId,
    people::NewAccount,
    sign_in::{Outsider, Way},
};
use integrations::sign_in::Returned;
use serde_json::json;
use store::{AuditEntry, IdentityOwner, Tx};

use super::asking::{Flow, Purpose};
use crate::{
    CommandError, Commands, Origin, Result,
    identity::{SIGNED_IN, taken},
    intake::system,
};

/// Somebody whom a provider's answer is about.
struct Arrival {
    person: PersonId,
    name: String,
    account: AccountOf,
    /// Whom commits name by this identity, and who has no account.
    author: Option<PersonId>,
}

/// Which account somebody comes into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AccountOf {
    /// Theirs.
    Known,
    /// The one that waits for them.
    Invited,
    /// None yet.
    Nobody,
}

impl Arrival {
    fn actor(&self) -> Actor {
        Actor::Person {
            id: self.person,
            name: self.name.clone(),
        }
    }
}

impl Commands {
    /// Takes a provider's answer to a question of this browser; gives who is signed in by it. What a person lost since the
    /// last time is taken from them first, and their sessions end with it.
    pub async fn take_answer(&self, flow: &Flow, returned: &Returned, from: &Origin) -> Result<PersonId> {
        let who = self.outsider(flow, returned, from).await?;
        match flow.purpose {
            Purpose::SignIn => self.let_in(&who, from).await,
            Purpose::GoOn(person) => self.go_on(person, &who).await,
            Purpose::Link(person) => self.link_identity(person, &who).await,
        }
    }

    async fn let_in(&self, who: &Outsider, from: &Origin) -> Result<PersonId> {
        let owner = self.reads().identity_owner(who.way, &who.subject).await?;
        if owner.as_ref().is_some_and(|owner| owner.is_disabled) {
            self.note_answer_refused("sign_in_refused", "disabled", from)
                .await?;
            return Err(CommandError::Denied {
                why: "This account is disabled. An admin can enable it.".to_owned(),
            });
        }
        let arrival = self.arrival(owner, who).await?;
        let person = arrival.person;
        let mut tx = self.store.begin(&arrival.actor()).await?;
        self.account_in(&mut tx, &arrival, who).await?;
        self.own(&mut tx, person, who).await?;
        let mut lost = self.follow_provider(&mut tx, person, who).await?;
        if who.way != Way::Oidc {
            lost |= self.forget_unheard_groups(&mut tx, person).await?;
        }
        if !tx.has_grants(person).await? {
            // Of somebody new nothing stays; of somebody known, that they lost everything.
            if arrival.account == AccountOf::Known {
                tx.end_sessions(person, None).await?;
                self.audit_step(&mut tx, (person, "session.refuse"), from).await?;
                tx.commit().await?;
            } else {
                drop(tx);
            }
            self.note_answer_refused("sign_in_refused", "no_role", from)
                .await?;
            return Err(no_role(who));
        }
        if lost {
            tx.end_sessions(person, None).await?;
        }
        self.audit_step(&mut tx, (person, SIGNED_IN), from).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Whom the answer is about: whose identity it is, whoever is invited by an e-mail that is proved to be theirs, or somebody
    /// new.
    async fn arrival(&self, owner: Option<IdentityOwner>, who: &Outsider) -> Result<Arrival> {
        if let Some(owner) = owner.as_ref().filter(|owner| owner.has_account) {
            return Ok(Arrival {
                person: owner.person,
                name: owner.name.clone(),
                account: AccountOf::Known,
                author: None,
            });
        }
        let author = owner.as_ref().map(|owner| owner.person);
        if let Some((person, name)) = self.reads().invited(&who.verified).await? {
            return Ok(Arrival {
                person,
                name,
                account: AccountOf::Invited,
                author,
            });
        }
        Ok(Arrival {
            person: author.unwrap_or_else(|| self.id()),
            name: owner.map_or_else(|| who.name.clone(), |owner| owner.name),
            account: AccountOf::Nobody,
            author,
        })
    }

    /// An account for somebody who has none. Nobody gets the account of another by an e-mail.
    async fn account_in(&self, tx: &mut Tx, arrival: &Arrival, who: &Outsider) -> Result<()> {
        let (person, now) = (arrival.person, self.now());
        match arrival.account {
            // An admin may have said whose the identity is before its owner took the invitation.
            AccountOf::Known => return Ok(tx.accept_account(person, now).await?),
            AccountOf::Invited => {
                if let Some(author) = arrival.author {
                    self.merge_in(tx, author, person, "invited, and proved to be the author")
                        .await?;
                }
                return Ok(tx.accept_account(person, now).await?);
            }
            AccountOf::Nobody => {}
        }
        let new =
            NewAccount::parse(&who.name, who.email.as_deref().unwrap_or_default()).map_err(|_| no_email())?;
        let made = match arrival.author {
            Some(_) => tx.insert_account_of(person, &new.email, now).await,
            None => tx.insert_account(person, &new, Some(now), now).await,
        };
        made.map_err(|error| match taken(error) {
            CommandError::Invalid(_) => has_account(),
            other => other,
        })?;
        Ok(tx.name_person(person, &who.name).await?)
    }

    /// Gives a person the identity and the proved addresses, by which their commits are found.
    pub(super) async fn own(&self, tx: &mut Tx, person: PersonId, who: &Outsider) -> Result<()> {
        let identity = (who.way, who.subject.as_str());
        if !tx.put_identity(person, identity, &who.label, self.now()).await? {
            return Err(CommandError::Conflict {
                why: "This identity became somebody else's a moment ago. Begin again.".to_owned(),
            });
        }
        self.map_emails_in(tx, person, &who.verified).await
    }

    /// The session of a person goes on while the provider says that it is they, in the groups of before.
    async fn go_on(&self, person: PersonId, who: &Outsider) -> Result<PersonId> {
        let owner = self.reads().identity_owner(who.way, &who.subject).await?;
        if owner.is_none_or(|owner| owner.person != person || owner.is_disabled) {
            return Err(CommandError::SignedOut);
        }
        let mut tx = self.store.begin(&system("sign-in")).await?;
        self.own(&mut tx, person, who).await?;
        let lost = self.follow_provider(&mut tx, person, who).await?;
        let ends = lost || !tx.has_grants(person).await?;
        if ends {
            tx.end_sessions(person, None).await?;
        }
        tx.commit().await?;
        if ends {
            Err(CommandError::SignedOut)
        } else {
            Ok(person)
        }
    }

    /// Gives somebody who is signed in one more identity. Whoever proves both is one person: what the other was is theirs.
    async fn link_identity(&self, person: PersonId, who: &Outsider) -> Result<PersonId> {
        let viewer = self.viewer(person).await?.ok_or(CommandError::SignedOut)?;
        let owner = self.reads().identity_owner(who.way, &who.subject).await?;
        let mut tx = self.begin_as(&viewer).await?;
        if let Some(other) = owner.filter(|owner| owner.person != person) {
            if other.is_disabled {
                return Err(CommandError::Denied {
                    why: "This identity is of an account that is disabled. An admin can enable it."
                        .to_owned(),
                });
            }
            self.merge_in(&mut tx, other.person, person, "proved to be both")
                .await?;
        }
        self.own(&mut tx, person, who).await?;
        self.follow_provider(&mut tx, person, who).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.link",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "provider": who.way.as_str(), "identity": who.subject, "label": who.label })),
        })
        .await?;
        tx.commit().await?;
        Ok(person)
    }

    pub(super) async fn begin_as(&self, by: &Viewer) -> Result<Tx> {
        Ok(self.store.begin(by.actor()).await?)
    }
}

fn no_role(who: &Outsider) -> CommandError {
    CommandError::Denied {
        why: format!(
            "You are {} there, and none of your groups has a role here. An admin can give one to a group, or invite you.",
            who.label
        ),
    }
}

fn no_email() -> CommandError {
    CommandError::Denied {
        why: "Your provider names no e-mail address of yours, which an account needs. Give it one, and let it tell Fairway."
            .to_owned(),
    }
}

fn has_account() -> CommandError {
    CommandError::Denied {
        why: "Somebody with your e-mail address has an account already. If that is you, sign in as you did before, and connect \
              this way on the page of your account."
            .to_owned(),
    }
}
