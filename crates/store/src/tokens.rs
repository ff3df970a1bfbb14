//! API tokens. A secret never comes here: only its SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{actor::Scope, ids::TokenId, tokens::Token};
use uuid::Uuid;

use crate::{Reads, Result, Store, StoreError, Tx};

/// Uses within this time are written once.
const USED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Senders repeat a request for minutes, at most hours; a week later a key may mean something new.
const KEYS_KEPT: TimeDelta = TimeDelta::days(7);

struct TokenRow {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    owner_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self> {
        let scopes = row
            .scopes
            .iter()
            .map(|text| Scope::parse(text))
            .collect::<Option<_>>();
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            scopes: scopes.ok_or_else(|| StoreError::corrupt("tokens", "scopes", row.id))?,
            owner: row.owner_id.map(Into::into),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

impl Reads {
    /// The token whose secret has this SHA-256, also when it works no more.
    pub async fn token_of_secret(&self, sha256: &[u8]) -> Result<Option<Token>> {
        let row = sqlx::query_as!(
            TokenRow,
            "select id, name, scopes, owner_id, created_at, expires_at, last_used_at, revoked_at from tokens where sha256 = $1",
            sha256
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Token::try_from).transpose()
    }

    /// All tokens, newest first, those that work no more included.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        let rows = sqlx::query_as!(
            TokenRow,
            "select id, name, scopes, owner_id, created_at, expires_at, last_used_at, revoked_at from tokens
             order by created_at desc, id desc"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Token::try_from).collect()
    }
}

impl Store {
    /// Notes that a token was used, at most once a minute, and forgets its oldest request keys then. An observation.
    pub async fn note_token_use(&self, token: &Token, now: DateTime<Utc>) -> Result<()> {
        if token.last_used_at.is_some_and(|at| now - at < USED_EVERY) {
            return Ok(());
        }
        sqlx::query!(
            "with forgotten as (delete from idempotency_keys where token_id = $1 and created_at < $3)
             update tokens set last_used_at = $2 where id = $1 and last_used_at is distinct from $2",
            token.id.0,
            now,
            now - KEYS_KEPT
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Tx {
    /// Stores a new token with the SHA-256 of its secret.
    pub async fn insert_token(&mut self, token: &Token, sha256: &[u8]) -> Result<()> {
        let scopes: Vec<String> = token
            .scopes
            .iter()
            .map(|scope| scope.as_str().to_owned())
            .collect();
        sqlx::query!(
            "insert into tokens (id, name, sha256, scopes, owner_id, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
            token.id.0,
            token.name,
            sha256,
            &scopes,
            token.owner.map(|owner| owner.0),
            token.created_at,
            token.expires_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A token, locked until this unit of work ends.
    pub async fn token(&mut self, id: TokenId) -> Result<Option<Token>> {
        let row = sqlx::query_as!(
            TokenRow,
            "select id, name, scopes, owner_id, created_at, expires_at, last_used_at, revoked_at from tokens where id = $1
             for update",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Token::try_from).transpose()
    }

    /// Ends a token for good.
    pub async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!("update tokens set revoked_at = $2 where id = $1", id.0, at)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
