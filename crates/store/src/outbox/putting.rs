//! Putting an effect into its decision's transaction, and dropping what is done.

use chrono::{DateTime, Utc};
use domain::{
    ids::{EffectId, PersonId, ServiceId},
    outbox::{EffectKind, EffectTarget},
};
use serde_json::{Value, json};

use crate::{EnqueuedJob, Result, Store, Tx};

/// Name of the task that sends what is due.
pub const SEND_EFFECTS: &str = "send_effects";

/// An effect that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEffect<'a> {
    /// Its id, which the receiver sees at each try.
    pub id: EffectId,
    /// What it is the one effect of. The same key gives no second effect.
    pub key: &'a str,
    /// What is done.
    pub kind: EffectKind,
    /// Whom it is for.
    pub target: EffectTarget,
    /// What is sent; no secret.
    pub payload: &'a Value,
    /// The service that it is about.
    pub service: Option<ServiceId>,
    /// When it is wanted.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Wants an effect; it is sent once this unit of work has committed. `false` where one of this key is there already: then
    /// nothing is changed, whatever became of that one.
    pub async fn put_effect(&mut self, new: &NewEffect<'_>) -> Result<bool> {
        let put = sqlx::query!(
            "insert into outbox (id, effect_key, kind, target, payload, service_id, not_before, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (effect_key) do nothing",
            new.id.0,
            new.key,
            new.kind.as_str(),
            new.target.to_string(),
            new.payload,
            new.service.map(|service| service.0),
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        let is_new = put.rows_affected() == 1;
        if is_new {
            self.wake_for_effects(0).await?;
        }
        Ok(is_new)
    }

    /// Has a worker look for what is due after so many seconds. Without a key: a shared one would make decisions wait for each
    /// other until they commit. The clock looks every minute anyway.
    pub(super) async fn wake_for_effects(&mut self, seconds: i64) -> Result<()> {
        let mut job = EnqueuedJob::new(SEND_EFFECTS, json!({}))?;
        job.delay_seconds = i32::try_from(seconds.max(0)).unwrap_or(i32::MAX);
        self.enqueue(job).await
    }

    /// Takes a person out of effects, and with them the places where their news go.
    pub(crate) async fn erase_from_outbox(&mut self, person: PersonId) -> Result<()> {
        sqlx::query!(
            "update outbox set payload = payload - 'by' where payload #>> '{by,id}' = $1::uuid::text",
            person.0
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "delete from outbox where target = 'person:' || $1::uuid",
            person.0
        )
        .execute(&mut *self.inner)
        .await?;
        self.delete_targets_of(person).await
    }
}

impl Store {
    /// Drops effects that were sent, or given up, before a time.
    pub async fn drop_effects_before(&self, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!("delete from outbox where state = 'sent' and done_at < $1", at)
            .execute(&self.pool)
            .await?;
        sqlx::query!("delete from outbox where state = 'dead' and done_at < $1", at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
