//! Sending what is due: claim a batch, send each, write what became of it.
//!
//! Nothing is locked while somebody outside thinks. A process that ends in between leaves a lease, after which another one goes
//! on, with the same id, and knows that it may have arrived. What holds up a rollback is held no longer than that: sending is cut
//! off before the lease is over.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::outbox::{Attempt, EffectKind, EffectTarget, Fate, MOST_ATTEMPTS, fate};
use futures::future::join_all;
use serde::de::DeserializeOwned;
use store::ClaimedEffect;

use crate::{
    Commands, Result,
    intake::{in_full, system},
};

/// Effects that one worker sends side by side: one slow receiver holds up few others.
const AT_ONCE: i64 = 16;
/// How long sending one may take, the looks before it included; it is cut off then, and may have arrived.
const SENDING: TimeDelta = TimeDelta::seconds(25);
/// Longer than that, so that nobody else sends what is still being sent.
const LEASE: TimeDelta = TimeDelta::seconds(35);

/// What became of the effects that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentEffects {
    /// Taken by their receivers.
    pub sent: u64,
    /// To be tried again.
    pub again: u64,
    /// Given up, until a person replays them.
    pub dead: u64,
}

impl Commands {
    /// Sends every effect that is due. Any number of processes may do so at once.
    pub async fn send_effects(&self) -> Result<SentEffects> {
        let mut all = SentEffects::default();
        if self.outward().is_none() {
            return Ok(all);
        }
        loop {
            // Before the claim, whose lease is counted from later on.
            let until = self.now() + SENDING;
            let claimed = self.claim_effects().await?;
            let sent = join_all(claimed.iter().map(|effect| self.send_effect(effect, until))).await;
            for fate in sent {
                match fate? {
                    Fate::Sent(_) => all.sent += 1,
                    Fate::Again { .. } => all.again += 1,
                    Fate::Dead { .. } => all.dead += 1,
                }
            }
            if claimed.is_empty() {
                return Ok(all);
            }
        }
    }

    async fn claim_effects(&self) -> Result<Vec<ClaimedEffect>> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let claimed = tx.claim_effects(self.now(), LEASE, AT_ONCE).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn send_effect(&self, claimed: &ClaimedEffect, until: DateTime<Utc>) -> Result<Fate> {
        let attempt = if claimed.attempts > MOST_ATTEMPTS {
            Attempt::Doubtful(format!(
                "each of {MOST_ATTEMPTS} processes that sent it ended before it was marked; see in their logs why, then replay it"
            ))
        } else {
            let left = (until - self.now()).to_std().unwrap_or(Duration::ZERO);
            let tried = tokio::time::timeout(left, Box::pin(self.try_effect(claimed))).await;
            tried.unwrap_or_else(|_| Attempt::Failed {
                words: "it took too long to send; see whether its receiver answers, and how fast".to_owned(),
                unsure: true,
            })
        };
        let now = self.now();
        let was = (claimed.attempts, claimed.unsure_since.is_some());
        let fate = fate(attempt, was, now);
        if let Fate::Dead { words, .. } | Fate::Again { words, .. } = &fate {
            let is_dead = matches!(fate, Fate::Dead { .. });
            tracing::warn!(effect = %claimed.id, kind = claimed.kind.as_str(), error = words, is_dead, "an effect was not sent");
        }
        let mut tx = self.store.begin(&system("fairway")).await?;
        if tx.finish_effect(claimed, &fate, now).await? {
            self.tell_orderer(&mut tx, claimed, (&fate, now)).await?;
            Box::pin(self.take_answered_run(&mut tx, claimed, &fate)).await?;
        } else {
            tracing::warn!(effect = %claimed.id, "an effect was sent after its lease; it is somebody else's by now");
        }
        tx.commit().await?;
        Ok(fate)
    }

    /// One attempt. A fault of ours on the way says nothing about whether it arrived.
    async fn try_effect(&self, claimed: &ClaimedEffect) -> Attempt {
        let tried = match (claimed.kind, claimed.target) {
            (EffectKind::Execute, EffectTarget::Executor(service, environment)) => {
                Box::pin(self.execute(claimed, (service, environment))).await
            }
            (EffectKind::Tell, EffectTarget::Chosen) => self.tell(claimed).await,
            (EffectKind::Notify, EffectTarget::Place(place)) => self.send_news(claimed, place).await,
            (EffectKind::Notify, EffectTarget::Person(person)) => self.mail_person(claimed, person).await,
            (EffectKind::Answer, EffectTarget::Runs(_)) => Box::pin(self.answer_rule(claimed)).await,
            (EffectKind::Show, EffectTarget::Drive(deploy)) => {
                Box::pin(self.show_drive(claimed, deploy)).await
            }
            (kind, target) => {
                let (kind, words) = (
                    kind.as_str(),
                    "; it was written by a version that this one is not",
                );
                return Attempt::Refused(format!("nothing is known of {kind} for {target}{words}"));
            }
        };
        tried.unwrap_or_else(|error| {
            let words = in_full(&error);
            if error.is_passing() {
                Attempt::Failed { words, unsure: true }
            } else {
                Attempt::Refused(words)
            }
        })
    }
}

/// What an effect says; an attempt that is over where it cannot be read.
pub(super) fn read<T: DeserializeOwned>(claimed: &ClaimedEffect) -> Result<T, Attempt> {
    T::deserialize(&claimed.payload).map_err(|problem| {
        Attempt::Refused(format!(
            "what is to be sent cannot be read ({problem}); it was written by a version that this one is not"
        ))
    })
}
