//! Taking effects that are due, one sender for each, and writing what became of them.
//!
//! A sender holds a lease; one that dies is followed by another when it is over. Each claim raises the fence, so whoever comes
//! back late marks nothing.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{EffectId, ServiceId},
    outbox::{EffectKind, EffectState, EffectTarget, Fate},
};
use serde_json::Value;

use super::effects::{kind_of, target_of};
use crate::{Result, Tx};

/// An effect that is to be sent by whoever claimed it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedEffect {
    /// Which.
    pub id: EffectId,
    /// What it is the one effect of.
    pub key: String,
    /// What is done.
    pub kind: EffectKind,
    /// Whom it is for.
    pub target: EffectTarget,
    /// What is sent.
    pub payload: Value,
    /// The service that it is about.
    pub service: Option<ServiceId>,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// By what this claim is told from later ones.
    pub fence: i64,
    /// Since when it may have arrived at an earlier try.
    pub unsure_since: Option<DateTime<Utc>>,
    /// Whether a person had it sent again.
    pub is_replayed: bool,
}

impl Tx {
    /// Claims up to `most` effects that are due, the longest due first, until the lease is over. What others are claiming is left
    /// to them. Orders to one executor are claimed one after the other, as they were given: to stop what is not begun yet would
    /// stop nothing. One that waits to be tried again holds up no later one. From now on each may have arrived, until somebody
    /// marks it; where nobody does, a worker looks again as soon as the lease is over.
    pub async fn claim_effects(
        &mut self,
        now: DateTime<Utc>,
        lease: TimeDelta,
        most: i64,
    ) -> Result<Vec<ClaimedEffect>> {
        let rows = sqlx::query!(
            r#"with due as (
                   select id, unsure_since from outbox d
                   where state = 'waiting' and not_before <= $1 and (leased_until is null or leased_until <= $1)
                     and (kind <> 'execute' or not exists (
                         select from outbox before
                         where before.target = d.target and before.kind = 'execute' and before.state = 'waiting'
                           and before.not_before <= $1 and (before.created_at, before.id) < (d.created_at, d.id)))
                   order by not_before, id limit $3
                   for update skip locked)
               update outbox o set leased_until = $2, fence = o.fence + 1, attempts = o.attempts + 1,
                   unsure_since = coalesce(o.unsure_since, $1)
               from due where o.id = due.id
               returning o.id as "id!", o.effect_key as "key!", o.kind as "kind!", o.target as "target!", o.payload as "payload!",
                   o.service_id as "service?", o.attempts as "attempts!", o.fence as "fence!",
                   due.unsure_since as "unsure_since?", o.replayed_at is not null as "is_replayed!""#,
            now,
            now + lease,
            most
        )
        .fetch_all(&mut *self.inner)
        .await?;
        if !rows.is_empty() {
            self.wake_for_effects(lease.num_seconds() + 1).await?;
        }
        rows.into_iter()
            .map(|row| {
                Ok(ClaimedEffect {
                    kind: kind_of(&row.kind, row.id)?,
                    target: target_of(&row.target, row.id)?,
                    id: row.id.into(),
                    key: row.key,
                    payload: row.payload,
                    service: row.service.map(Into::into),
                    attempts: row.attempts,
                    fence: row.fence,
                    unsure_since: row.unsure_since,
                    is_replayed: row.is_replayed,
                })
            })
            .collect()
    }

    /// Writes what became of a claimed effect; `false` where it is somebody else's by now, or done.
    pub async fn finish_effect(
        &mut self,
        claimed: &ClaimedEffect,
        fate: &Fate,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let marked = match fate {
            Fate::Sent(outcome) => self.mark_sent(claimed, outcome, now).await?,
            Fate::Dead { words, .. } => self.mark_dead(claimed, words, now).await?,
            Fate::Again {
                at,
                words,
                counts,
                unsure,
            } => {
                let marked = self.mark_again(claimed, (*at, words), (*counts, *unsure)).await?;
                if marked {
                    self.wake_for_effects((*at - now).num_seconds() + 1).await?;
                }
                marked
            }
        };
        Ok(marked)
    }

    async fn mark_sent(
        &mut self,
        claimed: &ClaimedEffect,
        outcome: &Value,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let marked = sqlx::query!(
            "update outbox set state = 'sent', outcome = $3, done_at = $4, leased_until = null, unsure_since = null,
                 last_error = null
             where id = $1 and fence = $2 and state = 'waiting'",
            claimed.id.0,
            claimed.fence,
            outcome,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    async fn mark_dead(&mut self, claimed: &ClaimedEffect, words: &str, now: DateTime<Utc>) -> Result<bool> {
        let marked = sqlx::query!(
            "update outbox set state = 'dead', last_error = $3, done_at = $4, leased_until = null
             where id = $1 and fence = $2 and state = 'waiting'",
            claimed.id.0,
            claimed.fence,
            words,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    async fn mark_again(
        &mut self,
        claimed: &ClaimedEffect,
        (at, words): (DateTime<Utc>, &str),
        (counts, unsure): (bool, bool),
    ) -> Result<bool> {
        let marked = sqlx::query!(
            "update outbox set not_before = $3, last_error = $4, leased_until = null,
                 attempts = attempts - case when $5 then 0 else 1 end,
                 unsure_since = case when $6 then unsure_since end
             where id = $1 and fence = $2 and state = 'waiting'",
            claimed.id.0,
            claimed.fence,
            at,
            words,
            counts,
            unsure
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Has a dead effect sent again, with all its tries; gives why it was dead, or `None` where no dead effect has this id.
    pub async fn reset_effect(&mut self, id: EffectId, now: DateTime<Utc>) -> Result<Option<String>> {
        let dead = sqlx::query_scalar!(
            "select last_error from outbox where id = $1 and state = $2 for update",
            id.0,
            EffectState::Dead.as_str()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        if dead.is_some() {
            sqlx::query!(
                "update outbox set state = 'waiting', attempts = 0, not_before = $2, replayed_at = $2, done_at = null,
                     last_error = null
                 where id = $1",
                id.0,
                now
            )
            .execute(&mut *self.inner)
            .await?;
            self.wake_for_effects(0).await?;
        }
        Ok(dead.map(Option::unwrap_or_default))
    }
}
