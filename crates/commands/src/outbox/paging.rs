//! News that somebody has to hear, also where nobody chose to: a deploy of which nobody knows how it ended, a rollback that did not
//! work.

use domain::{
    ids::{PersonId, ServiceId},
    notifications::Notice,
    outbox::{Attempt, EffectKind, EffectTarget},
};
use serde_json::json;
use store::ClaimedEffect;

use super::sending::read;
use crate::{Commands, Result, intake::system};

/// Said of a page that reaches nobody. It waits as a dead effect then, which is counted and alerted on.
const NOBODY: &str = "a person has to look, and nobody can be told: no place was chosen for failed deploys, and neither an admin nor \
                      anybody with a role in its team has a proved address that mail can be sent to. Choose a place on \
                      /admin/notifications, then replay it";

impl Commands {
    /// Wants a mail to each admin and to whoever has a role in the service's team, where nobody chose to be told.
    pub(super) async fn page_somebody(&self, claimed: &ClaimedEffect, service: ServiceId) -> Result<Attempt> {
        let people = self.reachable(service).await?;
        if people.is_empty() {
            return Ok(Attempt::Refused(NOBODY.to_owned()));
        }
        let mut tx = self.store.begin(&system("fairway")).await?;
        for person in &people {
            let key = format!("{}:person:{person}", claimed.key);
            let target = EffectTarget::Person(*person);
            let effect = self.effect(&key, EffectKind::Notify, target, &claimed.payload);
            tx.put_effect(&effect).await?;
        }
        tx.commit().await?;
        Ok(Attempt::Sent(json!({ "paged": people.len() })))
    }

    async fn reachable(&self, service: ServiceId) -> Result<Vec<PersonId>> {
        let mut people = Vec::new();
        if self.outward().is_none_or(|outward| outward.mail.is_none()) {
            return Ok(people);
        }
        let Some(audience) = self.reads().audience_of(service).await? else {
            return Ok(people);
        };
        for person in self.reads().people_to_page(service).await? {
            if self.hears(person, audience).await? {
                people.push(person);
            }
        }
        Ok(people)
    }

    /// Mails news to a person, at the first of their proved addresses.
    pub(super) async fn mail_person(&self, claimed: &ClaimedEffect, person: PersonId) -> Result<Attempt> {
        let notice: Notice = match read(claimed) {
            Ok(notice) => notice,
            Err(attempt) => return Ok(attempt),
        };
        let dropped = |why: &str| Ok(Attempt::Sent(json!({ "dropped": why })));
        let Some(audience) = self.reads().audience_of(notice.service).await? else {
            return dropped("the service is gone");
        };
        let known = self.reads().identities_of(person).await?;
        let mut proved = known.iter().filter(|identity| identity.provider == "email");
        let (Some(outward), Some(address)) = (self.outward(), proved.next()) else {
            return dropped("the person has no proved address any more");
        };
        if !self.hears(person, audience).await? {
            return dropped("the person may not see it any more");
        }
        let to = Some(address.subject.as_str());
        Ok(self.mail_news(claimed, (outward, to), &notice).await)
    }
}
