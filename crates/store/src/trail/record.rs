//! Rows of the trail as they are stored.

use chrono::{DateTime, Utc};
use domain::trail::{Erasable, Seal, Sealed, TrailRow, What, Who};
use uuid::Uuid;

/// Every column of an audit row `a`. A time that no calendar has becomes nothing: whoever put it there must not stop those who
/// look for it.
pub(crate) const ROW: &str = "a.id, case when a.at between '0001-01-01Z' and '9999-12-31Z' then a.at end as at,
    a.actor_kind, a.actor_id, a.actor_name, a.address, a.user_agent, a.action, a.subject, a.reason,
    a.before::text as before, a.after::text as after, a.request_id, a.who_salt, a.who_digest, a.what_salt, a.what_digest";

/// A row, or nothing of it where a seal names none.
#[derive(sqlx::FromRow)]
pub(crate) struct StoredRow {
    id: Option<Uuid>,
    at: Option<DateTime<Utc>>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    reason: Option<String>,
    before: Option<String>,
    after: Option<String>,
    request_id: Option<String>,
    who_salt: Option<Vec<u8>>,
    who_digest: Option<Vec<u8>>,
    what_salt: Option<Vec<u8>>,
    what_digest: Option<Vec<u8>>,
}

impl StoredRow {
    pub fn into_row(self) -> Option<TrailRow> {
        Some(TrailRow {
            id: self.id?,
            at: self.at,
            actor_kind: self.actor_kind?,
            actor_id: self.actor_id,
            action: self.action?,
            subject: self.subject?,
            request_id: self.request_id,
            who: Erasable {
                content: Who {
                    actor_name: self.actor_name?,
                    address: self.address,
                    user_agent: self.user_agent,
                },
                salt: self.who_salt,
                digest: self.who_digest,
            },
            what: Erasable {
                content: What {
                    reason: self.reason,
                    before: self.before,
                    after: self.after,
                },
                salt: self.what_salt,
                digest: self.what_digest,
            },
        })
    }
}

/// A seal with its row.
#[derive(sqlx::FromRow)]
pub(super) struct SealedRow {
    number: i64,
    audit_id: Uuid,
    audit_at: Option<DateTime<Utc>>,
    row_hash: Vec<u8>,
    sealed_at: Option<DateTime<Utc>>,
    hash: Vec<u8>,
    #[sqlx(flatten)]
    row: StoredRow,
}

impl From<SealedRow> for Sealed {
    fn from(record: SealedRow) -> Self {
        Self {
            seal: Seal {
                number: record.number,
                row: record.audit_id,
                row_at: record.audit_at,
                row_hash: record.row_hash,
                sealed_at: record.sealed_at,
                hash: record.hash,
            },
            row: record.row.into_row(),
        }
    }
}
