//! API tokens. A secret never comes here: only its SHA-256.

mod exchange;
mod service_accounts;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::Scope,
    environments::EnvironmentClass,
    ids::TokenId,
    tokens::{ListedToken, Owner, Reach, Token},
};
use uuid::Uuid;

pub use self::exchange::Holding;
use crate::{Reads, Result, Store, StoreError, Tx};

/// Uses within this time are written once.
const USED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Senders repeat a request for minutes, at most hours; a week later a key may mean something new.
const KEYS_KEPT: TimeDelta = TimeDelta::days(7);
/// More tokens than a page shows; those that work come first.
const LISTED: i64 = 500;

struct TokenRow {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    environments: Option<Vec<String>>,
    classes: Option<Vec<String>>,
    owner_id: Option<Uuid>,
    service_account_id: Option<Uuid>,
    trust_rule_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// The scopes of a row of some table.
fn scopes(words: &[String]) -> Option<Vec<Scope>> {
    words.iter().map(|word| Scope::parse(word)).collect()
}

/// The words of scopes.
fn words(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(|scope| scope.as_str().to_owned()).collect()
}

/// The environments of a row.
fn reach(environments: Vec<String>, classes: &[String]) -> Option<Reach> {
    let classes = classes.iter().map(|class| EnvironmentClass::parse(class));
    Some(Reach {
        environments,
        classes: classes.collect::<Option<_>>()?,
    })
}

/// The words of classes.
fn classes(reach: &Reach) -> Vec<String> {
    let words = reach.classes.iter().map(|class| class.as_str().to_owned());
    words.collect()
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self> {
        let wrong = |column| StoreError::corrupt("tokens", column, row.id);
        let person = row.owner_id.map(|id| Owner::Person(id.into()));
        let account = row.service_account_id.map(|id| Owner::ServiceAccount(id.into()));
        let classes = row.classes.unwrap_or_default();
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            scopes: scopes(&row.scopes).ok_or_else(|| wrong("scopes"))?,
            reach: reach(row.environments.unwrap_or_default(), &classes).ok_or_else(|| wrong("classes"))?,
            owner: person.or(account),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
            is_exchanged: row.trust_rule_id.is_some(),
        })
    }
}

impl Reads {
    /// The token whose secret has this SHA-256, also when it works no more.
    pub async fn token_of_secret(&self, sha256: &[u8]) -> Result<Option<Token>> {
        let row = sqlx::query_as!(
            TokenRow,
            "select id, name, scopes, environments, classes, owner_id, service_account_id, trust_rule_id, created_at, expires_at,
                    last_used_at, revoked_at
             from tokens where sha256 = $1",
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
            "select id, name, scopes, environments, classes, owner_id, service_account_id, trust_rule_id, created_at, expires_at,
                    last_used_at, revoked_at
             from tokens order by created_at desc, id desc"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Token::try_from).collect()
    }

    /// Tokens as pages list them: of an owner or of everybody, those that work first, then the newest; at most 500.
    /// What workflows got and is over is left out.
    pub async fn listed_tokens(&self, owner: Option<Owner>, now: DateTime<Utc>) -> Result<Vec<ListedToken>> {
        let (person, account) = ids(owner);
        let rows = sqlx::query!(
            r#"select t.id, t.name, t.scopes, t.environments, t.classes, t.owner_id, t.service_account_id, t.trust_rule_id,
                      t.created_at, t.expires_at, t.last_used_at, t.revoked_at,
                      coalesce(p.display_name, a.name) as "owner?"
               from tokens t left join people p on p.id = t.owner_id left join service_accounts a on a.id = t.service_account_id
               where ($1::uuid is null or t.owner_id = $1) and ($2::uuid is null or t.service_account_id = $2)
                 and (t.trust_rule_id is null or (t.revoked_at is null and t.expires_at > $3))
               order by (t.revoked_at is null and t.expires_at > $3) desc, t.created_at desc, t.id desc
               limit $4"#,
            person,
            account,
            now,
            LISTED
        )
        .fetch_all(&self.pool)
        .await?;
        let listed = rows.into_iter().map(|row| {
            let token = TokenRow {
                id: row.id,
                name: row.name,
                scopes: row.scopes,
                environments: row.environments,
                classes: row.classes,
                owner_id: row.owner_id,
                service_account_id: row.service_account_id,
                trust_rule_id: row.trust_rule_id,
                created_at: row.created_at,
                expires_at: row.expires_at,
                last_used_at: row.last_used_at,
                revoked_at: row.revoked_at,
            };
            Ok(ListedToken {
                token: token.try_into()?,
                owner: row.owner,
            })
        });
        listed.collect()
    }
}

fn ids(owner: Option<Owner>) -> (Option<Uuid>, Option<Uuid>) {
    match owner {
        None => (None, None),
        Some(Owner::Person(person)) => (Some(person.0), None),
        Some(Owner::ServiceAccount(account)) => (None, Some(account.0)),
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
        let (person, account) = ids(token.owner);
        sqlx::query!(
            "insert into tokens (id, name, sha256, scopes, environments, classes, owner_id, service_account_id, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            token.id.0,
            token.name,
            sha256,
            &words(&token.scopes),
            &token.reach.environments,
            &classes(&token.reach),
            person,
            account,
            token.created_at,
            token.expires_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Whether an owner has a token of this name that works at a time, in any case. Whoever asks the same of the same owner
    /// meanwhile waits until this unit of work ends.
    pub async fn has_token_named(&mut self, owner: Owner, name: &str, now: DateTime<Utc>) -> Result<bool> {
        let (person, account) = ids(Some(owner));
        sqlx::query!(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))",
            format!("tokens of {:?}", person.or(account))
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(sqlx::query_scalar!(
            r#"select exists (
                   select from tokens
                   where (owner_id = $1 or service_account_id = $2) and lower(name) = lower($3)
                         and revoked_at is null and expires_at > $4 and trust_rule_id is null
               ) as "is_there!""#,
            person,
            account,
            name,
            now
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// A token, locked until this unit of work ends.
    pub async fn token(&mut self, id: TokenId) -> Result<Option<Token>> {
        let row = sqlx::query_as!(
            TokenRow,
            "select id, name, scopes, environments, classes, owner_id, service_account_id, trust_rule_id, created_at, expires_at,
                    last_used_at, revoked_at
             from tokens where id = $1 for update",
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
