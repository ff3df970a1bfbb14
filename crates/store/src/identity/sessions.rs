//! Sessions of `tower-sessions`, stored by ourselves (docs/adr/0005).
//!
//! A session is inserted when it is created and only updated when it is saved, so that a request which was running while
//! somebody signed out cannot bring the session back. Its data say `since` when the password and the authenticator were what
//! they were when somebody signed in with them: once they are newer it opens nothing, even one that was stored only after
//! all others were ended. Ids are stored as their SHA-256.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ids::PersonId, people::SessionSummary};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store,
};

use crate::{Reads, Result, Store, Tx};

/// A session that nobody uses ends.
const IDLE: TimeDelta = TimeDelta::hours(8);
/// A session ends, however much it is used.
const LONGEST: TimeDelta = TimeDelta::days(7);
/// Uses within this time are written once.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Tells the store the time.
pub type SessionsClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The store of sessions. Keys `person`, `device` and `address` of a session's data are columns too.
#[derive(Clone)]
pub struct Sessions {
    pool: PgPool,
    now: SessionsClock,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

/// What a session is stored under.
pub fn session_key(id: Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

impl Store {
    /// The store of sessions, for the session layer.
    pub fn sessions(&self, now: SessionsClock) -> Sessions {
        Sessions {
            pool: self.pool.clone(),
            now,
        }
    }

    /// Notes that a session was used, at most once a minute. One that ended stays ended. An observation.
    pub async fn note_session_use(&self, key: &[u8], address: &str, now: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update sessions set seen_at = $2, address = $3, idle_until = least($4, ends_at)
             where id_sha256 = $1 and seen_at < $5 and idle_until > $2",
            key,
            now,
            address,
            now + IDLE,
            now - SEEN_EVERY
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Drops sessions that are over, and links that work no more.
    pub async fn drop_ended_sessions(&self, now: DateTime<Utc>) -> Result<()> {
        sqlx::query!("delete from sessions where idle_until < $1", now)
            .execute(&self.pool)
            .await?;
        sqlx::query!("delete from single_use_links where expires_at < $1", now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

struct SessionRow {
    key: String,
    device: String,
    address: String,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl From<SessionRow> for SessionSummary {
    fn from(row: SessionRow) -> Self {
        Self {
            key: row.key,
            device: row.device,
            address: row.address,
            created_at: row.created_at,
            seen_at: row.seen_at,
            ends_at: row.ends_at,
        }
    }
}

fn backend(error: &sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn text<'a>(record: &'a Record, key: &str) -> &'a str {
    record.data.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn person(record: &Record) -> Option<uuid::Uuid> {
    text(record, "person").parse().ok()
}

fn data(record: &Record) -> session_store::Result<Value> {
    serde_json::to_value(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let now = (self.now)();
        loop {
            let made = sqlx::query!(
                "insert into sessions (id_sha256, person_id, data, device, address, created_at, seen_at, idle_until, ends_at)
                 values ($1, $2, $3, $4, $5, $6, $6, $7, $8) on conflict do nothing",
                session_key(record.id),
                person(record),
                data(record)?,
                text(record, "device"),
                text(record, "address"),
                now,
                now + IDLE,
                now + LONGEST
            )
            .execute(&self.pool)
            .await
            .map_err(|error| backend(&error))?;
            if made.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        sqlx::query!(
            "update sessions set data = $2, person_id = $3 where id_sha256 = $1 and idle_until > $4",
            session_key(record.id),
            data(record)?,
            person(record),
            (self.now)()
        )
        .execute(&self.pool)
        .await
        .map_err(|error| backend(&error))?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = sqlx::query!(
            "select s.data, s.ends_at from sessions s
             where s.id_sha256 = $1 and s.idle_until > $2 and s.ends_at > $2
               and not exists (select from accounts a where a.person_id = s.person_id
                                 and greatest(a.password_set_at, a.totp_since) > (s.data ->> 'since')::timestamptz)",
            session_key(*id),
            (self.now)()
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| backend(&error))?;
        row.map(|row| {
            let data: HashMap<String, Value> = serde_json::from_value(row.data)
                .map_err(|error| session_store::Error::Decode(error.to_string()))?;
            let ends = OffsetDateTime::from_unix_timestamp(row.ends_at.timestamp());
            Ok(Record {
                id: *id,
                data,
                expiry_date: ends.map_err(|error| session_store::Error::Decode(error.to_string()))?,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query!("delete from sessions where id_sha256 = $1", session_key(*id))
            .execute(&self.pool)
            .await
            .map_err(|error| backend(&error))?;
        Ok(())
    }
}

impl Reads {
    /// The sessions of a person that are not over, last used first.
    pub async fn sessions_of(&self, person: PersonId, now: DateTime<Utc>) -> Result<Vec<SessionSummary>> {
        let rows = sqlx::query_as!(
            SessionRow,
            r#"select encode(s.id_sha256, 'hex') as "key!", s.device, s.address, s.created_at, s.seen_at, s.ends_at
               from sessions s join accounts a on a.person_id = s.person_id
               where s.person_id = $1 and s.idle_until > $2
                 and (greatest(a.password_set_at, a.totp_since) > (s.data ->> 'since')::timestamptz) is not true
               order by s.seen_at desc, s.created_at desc"#,
            person.0,
            now
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(SessionSummary::from).collect())
    }

    /// Whether a session was not ended.
    pub async fn has_session(&self, key: &[u8]) -> Result<bool> {
        let has = sqlx::query_scalar!(
            r#"select exists (select from sessions where id_sha256 = $1) as "has!""#,
            key
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(has)
    }
}

impl Tx {
    /// Ends a session of a person at once; gives whether there was one.
    pub async fn end_session(&mut self, person: PersonId, key: &str) -> Result<bool> {
        let ended = sqlx::query!(
            "delete from sessions where person_id = $1 and encode(id_sha256, 'hex') = $2",
            person.0,
            key
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends every session of a person at once, but the one with this key, which goes on with what the person signs in with
    /// from now on; gives how many. Whoever gave the password and is asked for a code has no session yet, but is shut out
    /// with the others and not counted.
    pub async fn end_sessions(&mut self, person: PersonId, but: Option<&[u8]>) -> Result<u64> {
        sqlx::query!(
            "delete from sessions where person_id is null and data -> 'pending' ->> 0 = $1",
            person.to_string()
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update sessions s set data = s.data || jsonb_build_object('since', greatest(a.password_set_at, a.totp_since))
             from accounts a where a.person_id = $1 and s.person_id = a.person_id and s.id_sha256 = $2",
            person.0,
            but
        )
        .execute(&mut *self.inner)
        .await?;
        let ended = sqlx::query!(
            "delete from sessions where person_id = $1 and id_sha256 is distinct from $2",
            person.0,
            but
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(ended.rows_affected())
    }
}
