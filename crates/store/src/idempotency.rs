//! Requests that may be sent again: the key of a request and what came of it, in the transaction of its effect.
//!
//! A key's row and the effect become visible together or not at all, so a crash loses neither and repeats neither. Of
//! two requests with one key at the same moment, the second waits for the first and then finds its row.

use chrono::{DateTime, Utc};
use domain::{actor::Actor, ids::TokenId};
use serde::Serialize;
use serde_json::Value;

use crate::{Reads, Result, Store, StoreError, Tx};

/// How long a request waits for an equal one that is under way. The longest command takes a fraction of this.
const PATIENCE: &str = "5s";

/// What makes two requests one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose request; keys of two tokens have nothing to do with each other.
    pub token: TokenId,
    /// What the sender calls it, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of what is asked: method, path and body.
    pub sha256: [u8; 32],
    /// When it came.
    pub at: DateTime<Utc>,
}

/// What is remembered of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// SHA-256 of what was asked.
    pub sha256: Vec<u8>,
    /// What the command gave.
    pub outcome: Value,
}

impl Store {
    /// The same store for one request: the next unit of work that its token begins claims the key, and fails with
    /// [`StoreError::Repeated`] where the key is known.
    #[must_use]
    pub fn for_request(&self, key: RequestKey) -> Self {
        Self {
            request: Some(key.into()),
            ..self.clone()
        }
    }
}

impl Reads {
    /// What came of an earlier request with this key.
    pub async fn remembered(&self, token: TokenId, key: &str) -> Result<Option<Remembered>> {
        let row = sqlx::query!(
            "select request_sha256, answer from idempotency_keys where token_id = $1 and key = $2",
            token.0,
            key
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Remembered {
            sha256: row.request_sha256,
            outcome: row.answer,
        }))
    }
}

impl Tx {
    /// Claims the key for this unit of work; only its own token's work is what the key stands for.
    pub(crate) async fn claim(&mut self, request: &RequestKey) -> Result<()> {
        if !matches!(&self.actor, Actor::Token { id, .. } if *id == request.token) {
            return Ok(());
        }
        sqlx::query_scalar!("select set_config('lock_timeout', $1, true)", PATIENCE)
            .fetch_one(&mut *self.inner)
            .await?;
        let claimed = sqlx::query!(
            "insert into idempotency_keys (token_id, key, request_sha256, answer, created_at)
             values ($1, $2, $3, 'null', $4) on conflict do nothing",
            request.token.0,
            request.key,
            &request.sha256,
            request.at
        )
        .execute(&mut *self.inner)
        .await?;
        if claimed.rows_affected() == 0 {
            return Err(StoreError::Repeated);
        }
        self.claimed = Some(request.key.clone());
        Ok(())
    }

    /// Remembers what this unit of work gives, for the same request sent again; nothing without a request's key.
    pub async fn remember(&mut self, outcome: impl Serialize) -> Result<()> {
        let (Some(key), Actor::Token { id, .. }) = (&self.claimed, &self.actor) else {
            return Ok(());
        };
        let outcome = serde_json::to_value(outcome)
            .map_err(|_| StoreError::corrupt("idempotency_keys", "answer", key))?;
        sqlx::query!(
            "update idempotency_keys set answer = $3 where token_id = $1 and key = $2",
            id.0,
            key,
            outcome
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
