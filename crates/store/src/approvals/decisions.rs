//! What people decided.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Binding, Decision, EvidenceCard, Verdict},
    ids::{ApprovalId, PersonId},
};
use serde_json::json;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Result, StoreError, Tx};

/// A decision to write.
#[derive(Clone, Copy, Debug)]
pub struct DecisionToStore<'a> {
    /// Its id.
    pub id: Uuid,
    /// About which request.
    pub request: ApprovalId,
    /// Whose.
    pub person: PersonId,
    /// Yes or no.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<&'a str>,
    /// By which rules they were asked.
    pub rules: &'a [String],
    /// What they saw and speak of.
    pub binding: Binding,
    /// What they saw of it.
    pub card: &'a EvidenceCard,
    /// When.
    pub at: DateTime<Utc>,
}

/// What was decided about a request, in order; each person as the row that is left of them.
pub(super) async fn decisions(db: impl PgExecutor<'_>, id: ApprovalId) -> Result<Vec<Decision>> {
    let rows = sqlx::query!(
        r#"select p.id, p.display_name, d.verdict, d.reason, d.decided_at
           from approval_decisions d join people p on p.id = person_root(d.person_id)
           where d.request_id = $1 order by d.decided_at, d.id"#,
        id.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = || StoreError::corrupt("approval_decisions", "verdict", id);
            Ok(Decision {
                person: row.id.into(),
                name: row.display_name,
                verdict: Verdict::parse(&row.verdict).ok_or_else(wrong)?,
                reason: row.reason,
                at: row.decided_at,
            })
        })
        .collect()
}

impl Tx {
    /// What was decided about a request so far.
    pub async fn decisions_of(&mut self, id: ApprovalId) -> Result<Vec<Decision>> {
        decisions(&mut *self.inner, id).await
    }

    /// Writes what somebody decided. The database refuses a second decision, one of whoever must not decide, and one that comes
    /// after the end.
    pub async fn insert_decision(&mut self, new: DecisionToStore<'_>) -> Result<()> {
        sqlx::query!(
            "insert into approval_decisions (id, request_id, person_id, actor_kind, verdict, reason, rules, binding, card, decided_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            new.id,
            new.request.0,
            new.person.0,
            self.actor.kind(),
            new.verdict.as_str(),
            new.reason,
            new.rules,
            new.binding.as_bytes(),
            json!(new.card),
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
