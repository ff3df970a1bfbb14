//! What people decided, and what they saw.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Binding, Decision, EvidenceCard, Seen, Verdict},
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

/// What was decided about requests, in order; each person as the row that is left of them.
pub(super) async fn decisions(
    db: impl PgExecutor<'_>,
    requests: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Decision>>> {
    let rows = sqlx::query!(
        r#"select d.request_id, p.id, p.display_name, d.verdict, d.reason, d.decided_at
           from approval_decisions d join people p on p.id = person_root(d.person_id)
           where d.request_id = any($1) order by d.decided_at, d.id"#,
        requests
    )
    .fetch_all(db)
    .await?;
    let mut all: HashMap<Uuid, Vec<Decision>> = HashMap::new();
    for row in rows {
        let wrong = || StoreError::corrupt("approval_decisions", "verdict", row.request_id);
        let decision = Decision {
            person: row.id.into(),
            name: row.display_name,
            verdict: Verdict::parse(&row.verdict).ok_or_else(wrong)?,
            reason: row.reason,
            at: row.decided_at,
        };
        all.entry(row.request_id).or_default().push(decision);
    }
    Ok(all)
}

/// What each who decided about a request saw, by the row that is left of them.
pub(super) async fn seen(db: impl PgExecutor<'_>, id: ApprovalId) -> Result<BTreeMap<PersonId, Seen>> {
    let rows = sqlx::query!(
        r#"select person_root(d.person_id) as "person!", d.rules, d.card from approval_decisions d where d.request_id = $1"#,
        id.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = |_| StoreError::corrupt("approval_decisions", "card", id);
            let seen = Seen {
                rules: row.rules,
                card: serde_json::from_value(row.card).map_err(wrong)?,
            };
            Ok((row.person.into(), seen))
        })
        .collect()
}

impl Tx {
    /// What was decided about a request so far.
    pub async fn decisions_of(&mut self, id: ApprovalId) -> Result<Vec<Decision>> {
        let mut all = decisions(&mut *self.inner, &[id.0]).await?;
        Ok(all.remove(&id.0).unwrap_or_default())
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
