//! Effects as people and their decisions read them, and how many wait.

use chrono::{DateTime, Utc};
use domain::{
    ids::EffectId,
    outbox::{Effect, EffectKind, EffectState, EffectTarget},
    page::{Page, Position},
};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Reads, Result, StoreError,
    paging::{cursor, push_page},
    sight::Hidden,
};

const EFFECTS: &str = "select id, effect_key, kind, target, state, attempts, not_before, last_error, outcome, created_at, done_at
    from outbox where true";

#[derive(sqlx::FromRow)]
struct EffectRow {
    id: Uuid,
    effect_key: String,
    kind: String,
    target: String,
    state: String,
    attempts: i32,
    not_before: DateTime<Utc>,
    last_error: Option<String>,
    outcome: Option<Value>,
    created_at: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
}

impl EffectRow {
    fn into_effect(self) -> Result<Effect> {
        Ok(Effect {
            kind: kind_of(&self.kind, self.id)?,
            target: target_of(&self.target, self.id)?,
            state: EffectState::parse(&self.state)
                .ok_or_else(|| StoreError::corrupt("outbox", "state", self.id))?,
            id: self.id.into(),
            key: self.effect_key,
            attempts: self.attempts,
            not_before: self.not_before,
            last_error: self.last_error,
            outcome: self.outcome,
            created_at: self.created_at,
            done_at: self.done_at,
        })
    }
}

/// Reads a stored kind.
pub(super) fn kind_of(text: &str, id: Uuid) -> Result<EffectKind> {
    EffectKind::parse(text).ok_or_else(|| StoreError::corrupt("outbox", "kind", id))
}

/// Reads a stored target.
pub(super) fn target_of(text: &str, id: Uuid) -> Result<EffectTarget> {
    text.parse()
        .map_err(|_| StoreError::corrupt("outbox", "target", id))
}

impl Reads {
    /// A page of the effects in a state, newest first.
    pub async fn effects(
        &self,
        state: Option<EffectState>,
        position: &Position,
        size: u32,
    ) -> Result<Page<Effect>> {
        let mut query = QueryBuilder::<Postgres>::new(EFFECTS);
        self.push_seen_or_null(&mut query, "service_id", Hidden::Services);
        if let Some(state) = state {
            query.push(" and state = ").push_bind(state.as_str());
        }
        push_page::<Uuid>(&mut query, ("created_at", "id"), position, size)?;
        let rows: Vec<EffectRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(EffectRow::into_effect);
        let rows = rows.collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, position, |effect: &Effect| {
            cursor(effect.created_at, effect.id)
        }))
    }

    /// One effect; `None` where there is none, or it is about what is hidden.
    pub async fn effect(&self, id: EffectId) -> Result<Option<Effect>> {
        let mut query = QueryBuilder::<Postgres>::new(EFFECTS);
        query.push(" and id = ").push_bind(id.0);
        self.push_seen_or_null(&mut query, "service_id", Hidden::Services);
        let row: Option<EffectRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        row.map(EffectRow::into_effect).transpose()
    }

    /// The effect of a key.
    pub async fn effect_of_key(&self, key: &str) -> Result<Option<Effect>> {
        let mut query = QueryBuilder::<Postgres>::new(EFFECTS);
        query.push(" and effect_key = ").push_bind(key.to_owned());
        let row: Option<EffectRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        row.map(EffectRow::into_effect).transpose()
    }

    /// How many effects are to be sent, and since when the oldest is wanted.
    pub(crate) async fn effects_waiting(&self) -> Result<(i64, Option<DateTime<Utc>>)> {
        Ok(sqlx::query_as(
            "select count(*), min(coalesce(replayed_at, created_at)) from outbox where state = 'waiting'",
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many effects wait for a person.
    pub async fn dead_effects(&self) -> Result<i64> {
        Ok(
            sqlx::query_scalar("select count(*) from outbox where state = 'dead'")
                .fetch_one(&self.pool)
                .await?,
        )
    }
}
