//! What waits for requests, and what became of them, for whatever follows.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{
        ApprovalOutcome, ApprovalState, Binding, Gate, GateAnswer, GateKind, NewGate, Policy, frozen,
    },
    ids::{ApprovalId, GateId},
};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Result, StoreError, Tx};

/// What waits for a request, the first first.
pub(super) async fn gates(db: impl PgExecutor<'_>, request: ApprovalId) -> Result<Vec<Gate>> {
    let rows = sqlx::query!(
        "select id, kind, key, details, created_at, released_at from approval_gates where request_id = $1 order by created_at, id",
        request.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = GateKind::parse(&row.kind);
            Ok(Gate {
                id: row.id.into(),
                gate: NewGate {
                    kind: kind.ok_or_else(|| StoreError::corrupt("approval_gates", "kind", row.id))?,
                    key: row.key,
                    details: row.details,
                },
                created_at: row.created_at,
                released_at: row.released_at,
            })
        })
        .collect()
}

impl Tx {
    /// The request that a gate waits for.
    pub async fn request_of_gate(&mut self, key: &str) -> Result<Option<ApprovalId>> {
        let id = sqlx::query_scalar!("select request_id from approval_gates where key = $1", key)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(id.map(Into::into))
    }

    /// The policy that asked about what waits at a gate, as it was then.
    pub async fn policy_of_gate(&mut self, key: &str) -> Result<Option<Policy>> {
        let policy = sqlx::query_scalar!(
            "select a.policy from approval_gates g join approval_requests a on a.id = g.request_id where g.key = $1",
            key
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let read = |policy: &Value| {
            Policy::from_json(policy).map_err(|_| StoreError::corrupt("approval_requests", "policy", key))
        };
        policy.as_ref().map(read).transpose()
    }

    /// What waits for a request, the first first.
    pub async fn gates_of(&mut self, request: ApprovalId) -> Result<Vec<Gate>> {
        gates(&mut *self.inner, request).await
    }

    /// Whether something else than this gate waits for a request.
    pub async fn others_wait(&mut self, request: ApprovalId, key: &str) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from approval_gates where request_id = $1 and key <> $2 and released_at is null)
               as "others!""#,
            request.0,
            key
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Lets something wait for a request.
    pub async fn insert_gate(
        &mut self,
        id: GateId,
        request: ApprovalId,
        new: &NewGate,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into approval_gates (id, request_id, kind, key, details, created_at) values ($1, $2, $3, $4, $5, $6)",
            id.0,
            request.0,
            new.kind.as_str(),
            new.key,
            new.details,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Whether a gate may go on with what it would do now. Whoever asks first and may is told [`GateAnswer::Go`], and nobody else;
    /// `None` where there is no such gate. What was approved goes on until the request's deadline, and not during a freeze.
    pub async fn release_gate(
        &mut self,
        key: &str,
        binding: Binding,
        now: DateTime<Utc>,
    ) -> Result<Option<GateAnswer>> {
        let row = sqlx::query!(
            "select a.id, a.state, a.binding, a.deadline, a.policy from approval_requests a
             where a.id = (select request_id from approval_gates where key = $1) for update",
            key
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let wrong = |column| StoreError::corrupt("approval_requests", column, row.id);
        let state = ApprovalState::parse(&row.state).ok_or_else(|| wrong("state"))?;
        if row.binding != binding.as_bytes() {
            return Ok(Some(GateAnswer::Changed));
        }
        if state == ApprovalState::Pending {
            return Ok(Some(GateAnswer::Wait));
        }
        if !state.lets_go_on() {
            return Ok(Some(GateAnswer::No(state)));
        }
        if self.is_released(key).await? {
            return Ok(Some(GateAnswer::Gone));
        }
        if now >= row.deadline {
            return Ok(Some(GateAnswer::No(ApprovalState::Expired)));
        }
        let policy = Policy::from_json(&row.policy).map_err(|_| wrong("policy"))?;
        // Whoever breaks the glass goes on during a freeze too.
        if state == ApprovalState::Approved && frozen(&policy.freezes, now).is_some() {
            return Ok(Some(GateAnswer::Wait));
        }
        self.put_released(key, binding, now).await.map(Some)
    }

    async fn is_released(&mut self, key: &str) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select released_at is not null as "released!" from approval_gates where key = $1"#,
            key
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    async fn put_released(&mut self, key: &str, binding: Binding, now: DateTime<Utc>) -> Result<GateAnswer> {
        let released = sqlx::query!(
            "update approval_gates set released_at = $2, released_binding = $3 where key = $1 and released_at is null",
            key,
            now,
            binding.as_bytes()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(if released.rows_affected() == 1 {
            GateAnswer::Go
        } else {
            GateAnswer::Gone
        })
    }

    /// Takes what became of requests, the first first: each is taken once.
    pub async fn take_approval_outcomes(
        &mut self,
        most: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<ApprovalOutcome>> {
        let rows = sqlx::query!(
            r#"with open as (
                   select request_id, state from approval_outcomes where taken_at is null
                   order by at, request_id limit $1 for update skip locked),
               taken as (
                   update approval_outcomes t set taken_at = $2 from open
                   where t.request_id = open.request_id and t.state = open.state
                   returning t.request_id, t.state, t.at)
               select t.request_id as "request_id!", t.state as "state!", t.at as "at!", a.service_id, a.environment_id,
                   array(select g.key from approval_gates g where g.request_id = t.request_id order by g.created_at, g.id) as "gates!"
               from taken t join approval_requests a on a.id = t.request_id order by t.at, t.request_id"#,
            most,
            now
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let outcome = |state: &str, id: Uuid| {
            ApprovalState::parse(state).ok_or_else(|| StoreError::corrupt("approval_outcomes", "state", id))
        };
        rows.into_iter()
            .map(|row| {
                Ok(ApprovalOutcome {
                    state: outcome(&row.state, row.request_id)?,
                    request: row.request_id.into(),
                    service: row.service_id.into(),
                    environment: row.environment_id.into(),
                    at: row.at,
                    gates: row.gates,
                })
            })
            .collect()
    }
}
