//! The audit trail: a row per change of state, in the transaction of the change.

use chrono::{DateTime, Utc};
use domain::{actor::Actor, ids::AuditId};
use serde_json::Value;

use crate::{Result, Tx};

/// What is written about one change of state.
#[derive(Clone, Debug)]
pub struct AuditEntry<'a> {
    /// Id of the row.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done, for example `deploy.correct`.
    pub action: &'a str,
    /// To what, for example `deploy:0199…`.
    pub subject: String,
    /// Why, where a person says it.
    pub reason: Option<&'a str>,
    /// The state before, as far as it changed.
    pub before: Option<Value>,
    /// The state after.
    pub after: Option<Value>,
}

impl Tx {
    /// Writes the audit row of a change; it becomes visible with the change or not at all.
    pub async fn audit(&mut self, entry: AuditEntry<'_>) -> Result<()> {
        let actor_id = match &self.actor {
            Actor::Person { id, .. } => Some(id.0),
            Actor::Token { id, .. } => Some(id.0),
            Actor::Local | Actor::CommandLine | Actor::System { .. } => None,
        };
        sqlx::query!(
            "insert into audit (id, at, actor_kind, actor_id, actor_name, action, subject, reason, before, after)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            entry.id.0,
            entry.at,
            self.actor.kind(),
            actor_id,
            self.actor.name(),
            entry.action,
            entry.subject,
            entry.reason,
            entry.before,
            entry.after
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
