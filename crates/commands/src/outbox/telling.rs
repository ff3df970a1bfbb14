//! News: to whom they go, and in which form.

use std::collections::HashSet;

use domain::{
    access::{Action, Resource, authorize},
    ids::{NotificationTargetId, PersonId, ServiceId},
    notifications::{Notice, TargetKind, Topic, mail, slack},
    outbox::{Attempt, EffectKind, EffectTarget},
    sight::{Audience, Sight},
};
use integrations::{hooks::Hook, mail::Letter};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{Chosen, ClaimedEffect, SealedColumn, StoredTarget};

use super::{Outward, executing::text, sending::read};
use crate::{Commands, Result, intake::system, keyring::Place};

/// Who is told of something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhoIsTold {
    /// Names of the organisation's channels.
    pub channels: Vec<String>,
    /// How many people, each in their own place.
    pub people: usize,
}

impl Commands {
    /// Wants a message for each place whose owner chose these news and may see what they are about.
    pub(super) async fn tell(&self, claimed: &ClaimedEffect) -> Result<Attempt> {
        let notice: Notice = match read(claimed) {
            Ok(notice) => notice,
            Err(attempt) => return Ok(attempt),
        };
        let mut places = Vec::new();
        if let Some(audience) = self.reads().audience_of(notice.service).await? {
            for one in self.reads().chosen(notice.topic, notice.service).await? {
                if self.is_for(&one, audience).await? && self.is_urged(&notice, one.person).await? {
                    places.push(one.target);
                }
            }
        }
        if places.is_empty() && notice.topic.is_page() {
            return self.page_somebody(claimed, notice.service).await;
        }
        let mut tx = self.store.begin(&system("fairway")).await?;
        for place in &places {
            let key = format!("{}:{place}", claimed.key);
            let target = EffectTarget::Place(*place);
            let effect = self.effect(&key, EffectKind::Notify, target, &claimed.payload);
            tx.put_effect(&effect).await?;
        }
        tx.commit().await?;
        Ok(Attempt::Sent(json!({ "told": places.len() })))
    }

    /// Who would be told of something about a service now. People by their number: what each chose is their own.
    pub async fn who_is_told(&self, topic: Topic, service: ServiceId) -> Result<WhoIsTold> {
        let (reads, mut told) = (self.reads(), WhoIsTold::default());
        let Some(audience) = reads.audience_of(service).await? else {
            return Ok(told);
        };
        let mut people = HashSet::new();
        for one in reads.chosen(topic, service).await? {
            if !self.is_for(&one, audience).await? {
                continue;
            }
            if let Some(person) = one.person {
                people.insert(person);
            } else {
                let target = reads.notification_target(one.target).await?;
                told.channels.extend(target.map(|target| target.name));
            }
        }
        told.people = people.len();
        Ok(told)
    }

    /// A channel of the organisation is read by anybody: of a private service only one that was chosen for its team hears.
    async fn is_for(&self, one: &Chosen, audience: Audience) -> Result<bool> {
        match one.person {
            None => Ok(audience == Audience::Everyone || one.names_team),
            Some(person) => self.hears(person, audience).await,
        }
    }

    pub(super) async fn hears(&self, person: PersonId, audience: Audience) -> Result<bool> {
        let Some(viewer) = self.viewer(person).await? else {
            return Ok(false);
        };
        let looks = authorize(&viewer, Action::Look, &Resource::Anything).is_ok();
        Ok(looks && Sight::of(&viewer).hears(audience))
    }

    /// Sends news to one place. What nobody wants there any more is done without being sent.
    pub(super) async fn send_news(
        &self,
        claimed: &ClaimedEffect,
        place: NotificationTargetId,
    ) -> Result<Attempt> {
        let notice: Notice = match read(claimed) {
            Ok(notice) => notice,
            Err(attempt) => return Ok(attempt),
        };
        let dropped = |why: &str| Ok(Attempt::Sent(json!({ "dropped": why })));
        let (Some(outward), Some(target)) = (self.outward(), self.reads().notification_target(place).await?)
        else {
            return dropped("the place was taken away");
        };
        let Some(audience) = self.reads().audience_of(notice.service).await? else {
            return dropped("the service is gone");
        };
        if target.person.is_none() && !self.is_chosen_still(&notice, place, audience).await? {
            return dropped("the channel is not told of the service any more");
        }
        if let Some(person) = target.person
            && !self.hears(person, audience).await?
        {
            return dropped("its owner may not see it any more");
        }
        if !self.is_urged(&notice, target.person).await? {
            return dropped("there is nothing to decide any more");
        }
        match target.kind {
            TargetKind::Slack => {
                self.post_news((claimed, place), (outward, &target), &notice)
                    .await
            }
            TargetKind::Mail => {
                let to = target.address.as_deref();
                Ok(self.mail_news(claimed, (outward, to), &notice).await)
            }
        }
    }

    /// Whether a channel of the organisation is told of news still: the service may have become private since.
    async fn is_chosen_still(
        &self,
        notice: &Notice,
        place: NotificationTargetId,
        audience: Audience,
    ) -> Result<bool> {
        let chosen = self.reads().chosen(notice.topic, notice.service).await?;
        match chosen.iter().find(|one| one.target == place) {
            Some(one) => self.is_for(one, audience).await,
            None => Ok(false),
        }
    }

    async fn post_news(
        &self,
        (claimed, place): (&ClaimedEffect, NotificationTargetId),
        (outward, target): (&Outward, &StoredTarget),
        notice: &Notice,
    ) -> Result<Attempt> {
        let Some(sealed) = &target.sealed else {
            let words = format!("{} has no address any more; add it again", target.name);
            return Ok(Attempt::Refused(words));
        };
        let sealed_for = Place {
            column: SealedColumn::TargetSecret.as_str(),
            row: place.0,
        };
        let url = text(&self.opened(sealed_for, sealed)?)?;
        let hook = Hook {
            url: url.expose_secret(),
            delivery: claimed.id,
            body: &slack(notice, &outward.public_url),
            secret: None,
        };
        let posted = outward.chat(target.person).post(&hook, self.now()).await;
        Ok(posted.map_or_else(Attempt::from, Attempt::Sent))
    }

    pub(super) async fn mail_news(
        &self,
        claimed: &ClaimedEffect,
        (outward, to): (&Outward, Option<&str>),
        notice: &Notice,
    ) -> Attempt {
        let (Some(mailer), Some(to)) = (&outward.mail, to) else {
            let words = "no mail server is set; set FAIRWAY_SMTP_URL and FAIRWAY_SMTP_FROM, then replay it";
            return Attempt::Refused(words.to_owned());
        };
        let letter = Letter {
            to,
            mail: &mail(notice, &outward.public_url),
            delivery: claimed.id,
        };
        let sent = mailer.send(&letter, self.now()).await;
        sent.map_or_else(Attempt::from, Attempt::Sent)
    }
}
