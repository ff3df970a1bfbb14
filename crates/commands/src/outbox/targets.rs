//! Where news go, and what is told there: each person for themselves, admins for the organisation.

use domain::{
    access::Action,
    actor::Viewer,
    error::FieldErrors,
    ids::{NotificationTargetId, PersonId},
    notifications::{Choice, NewTarget, RawTarget, TargetKind, Topic},
};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use store::{AuditEntry, SealedColumn, Tx};

use crate::{CommandError, Commands, Result, access::whole, keyring::Place};

/// Whose a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetOwner {
    /// Of whoever adds it.
    Me,
    /// Of the organisation.
    Organisation,
}

impl Commands {
    /// Adds a place where news go. Nothing is told there until something is chosen. A person's mail goes to addresses that are
    /// proved to be theirs.
    pub async fn add_notification_target(
        &self,
        by: &Viewer,
        owner: TargetOwner,
        raw: &RawTarget,
    ) -> Result<NotificationTargetId> {
        let person = match owner {
            TargetOwner::Me => Some(by.signed_in().ok_or(CommandError::SignedOut)?),
            TargetOwner::Organisation => {
                whole(by, Action::DescribeOrganisation)?;
                None
            }
        };
        let new = NewTarget::parse(raw)?;
        let id: NotificationTargetId = self.id();
        let sealed = match new.kind {
            TargetKind::Slack => Some(self.seal_address((id, person), &new.address)?),
            TargetKind::Mail => {
                self.check_address(person, &new.address).await?;
                None
            }
        };
        let mut tx = self.store.begin(by.actor()).await?;
        tx.insert_target(id, person, (&new, sealed.as_deref()), self.now())
            .await?;
        let after = json!({ "target": id, "kind": new.kind.as_str(), "name": new.name });
        self.note_target(&mut tx, ("notifications.add", person), (None, Some(after)))
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Says what is told at a place: topics, each of every service or of those of a team (by its slug).
    pub async fn set_notification_choice(
        &self,
        by: &Viewer,
        id: NotificationTargetId,
        chosen: &[(&str, Option<&str>)],
    ) -> Result<()> {
        let person = self.owner_of_target(by, id).await?;
        let mut tx = self.store.begin(by.actor()).await?;
        let mut choices = Vec::new();
        for (topic, team) in chosen {
            choices.push(choice(&mut tx, topic, *team).await?);
        }
        tx.put_choices(id, &choices).await?;
        let told: Vec<String> = chosen
            .iter()
            .map(|(topic, team)| {
                team.map_or_else(|| (*topic).to_owned(), |team| format!("{topic} of {team}"))
            })
            .collect();
        let after = json!({ "target": id, "topics": told });
        self.note_target(&mut tx, ("notifications.choose", person), (None, Some(after)))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a place away: nothing is told there any more.
    pub async fn remove_notification_target(&self, by: &Viewer, id: NotificationTargetId) -> Result<()> {
        let person = self.owner_of_target(by, id).await?;
        let mut tx = self.store.begin(by.actor()).await?;
        let name = tx.delete_target(id).await?.ok_or_else(|| missing(id))?;
        let before = json!({ "target": id, "name": name });
        self.note_target(&mut tx, ("notifications.remove", person), (Some(before), None))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose a place is, where the viewer may change it. Another person's is as if it were not there.
    async fn owner_of_target(&self, by: &Viewer, id: NotificationTargetId) -> Result<Option<PersonId>> {
        let target = self.reads().notification_target(id).await?;
        let target = target.ok_or_else(|| missing(id))?;
        match target.person {
            None => whole(by, Action::DescribeOrganisation)?,
            mine if mine == by.signed_in() => {}
            Some(_) => return Err(missing(id)),
        }
        Ok(target.person)
    }

    /// The whole address lets in whoever knows it, so it is sealed.
    fn seal_address(
        &self,
        (id, person): (NotificationTargetId, Option<PersonId>),
        address: &str,
    ) -> Result<Vec<u8>> {
        if let Some(outward) = self.outward() {
            let checked = outward.chat(person).check(address);
            checked.map_err(|refused| FieldErrors::one("address", refused.to_string()))?;
        }
        let place = Place {
            column: SealedColumn::TargetSecret.as_str(),
            row: id.0,
        };
        self.sealed(place, &SecretSlice::from(address.as_bytes().to_vec()))
    }

    /// Nobody has Fairway write to somebody else: a person's address is one that a provider proved. An admin's word is enough for
    /// an address of the organisation.
    async fn check_address(&self, person: Option<PersonId>, address: &str) -> Result<()> {
        let Some(person) = person else { return Ok(()) };
        let known = self.reads().identities_of(person).await?;
        let is_proved = known
            .iter()
            .any(|identity| identity.provider == "email" && identity.subject == address);
        if is_proved {
            return Ok(());
        }
        let message = "this address is not proved to be yours; sign in by a provider that says that it is, or name an address \
                       that your account lists";
        Err(FieldErrors::one("address", message).into())
    }

    /// The trail of a person's own choices goes with the person when they are erased.
    async fn note_target(
        &self,
        tx: &mut Tx,
        (action, person): (&'static str, Option<PersonId>),
        (before, after): (Option<Value>, Option<Value>),
    ) -> Result<()> {
        let subject = person.map_or_else(|| "organisation".to_owned(), |person| format!("person:{person}"));
        let entry = AuditEntry {
            id: self.id(),
            at: self.now(),
            action,
            subject,
            reason: None,
            before,
            after,
        };
        Ok(tx.audit(entry).await?)
    }
}

async fn choice(tx: &mut Tx, topic: &str, team: Option<&str>) -> Result<Choice> {
    let known = Topic::parse(topic).ok_or_else(|| {
        let all = Topic::ALL.map(Topic::as_str).join(", ");
        FieldErrors::one("topics", format!("choose from {all}"))
    })?;
    let team = match team {
        None => None,
        Some(slug) => {
            let found = tx.team_of_slug(slug).await?;
            let found = found.ok_or_else(|| FieldErrors::one("team", format!("there is no team {slug}")))?;
            Some(found.id)
        }
    };
    Ok(Choice { topic: known, team })
}

fn missing(id: NotificationTargetId) -> CommandError {
    CommandError::not_found(format!("place {id} where news go"))
}
