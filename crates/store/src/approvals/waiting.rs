//! Gates as whoever waits at them asks how they stand.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalState, BoundRelease, GateKind, HeldRun, NewGate, WaitingGate},
    ids::GateId,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

struct WaitingRow {
    id: Uuid,
    request_id: Uuid,
    kind: String,
    key: String,
    details: Value,
    released_at: Option<DateTime<Utc>>,
    state: String,
    ended_why: Option<String>,
    deadline: DateTime<Utc>,
    service_id: Uuid,
    environment_id: Uuid,
    sha: Option<String>,
    digest: Option<String>,
    config: Option<String>,
    terraform_plan: Option<String>,
    terms: Option<String>,
}

impl WaitingRow {
    fn read(self) -> Result<WaitingGate> {
        let kind = GateKind::parse(&self.kind);
        let state = ApprovalState::parse(&self.state);
        Ok(WaitingGate {
            id: self.id.into(),
            gate: NewGate {
                kind: kind.ok_or_else(|| StoreError::corrupt("approval_gates", "kind", self.id))?,
                key: self.key,
                details: self.details,
            },
            request: self.request_id.into(),
            state: state.ok_or_else(|| StoreError::corrupt("approval_requests", "state", self.request_id))?,
            why: self.ended_why,
            deadline: self.deadline,
            release: BoundRelease {
                service: self.service_id.into(),
                environment: self.environment_id.into(),
                sha: self.sha,
                digest: self.digest,
                config: self.config,
                terraform_plan: self.terraform_plan,
                terms: self.terms,
            },
            released_at: self.released_at,
        })
    }
}

impl Reads {
    /// The gate of a key with how what it waits for stands; none about a service that is not seen.
    pub async fn gate(&self, key: &str) -> Result<Option<WaitingGate>> {
        let (everything, teams) = self.seeing();
        let row = sqlx::query_as!(
            WaitingRow,
            "select g.id, g.request_id, g.kind, g.key, g.details, g.released_at, a.state, a.ended_why, a.deadline, a.service_id,
                 a.environment_id, a.sha, a.digest, a.config, a.terraform_plan, a.terms
             from approval_gates g join approval_requests a on a.id = g.request_id
             where g.key = $1 and a.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))",
            key,
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(WaitingRow::read).transpose()
    }

    /// The same by its id.
    pub async fn gate_of_id(&self, id: GateId) -> Result<Option<WaitingGate>> {
        let (everything, teams) = self.seeing();
        let row = sqlx::query_as!(
            WaitingRow,
            "select g.id, g.request_id, g.kind, g.key, g.details, g.released_at, a.state, a.ended_why, a.deadline, a.service_id,
                 a.environment_id, a.sha, a.digest, a.config, a.terraform_plan, a.terms
             from approval_gates g join approval_requests a on a.id = g.request_id
             where g.id = $1 and a.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))",
            id.0,
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(WaitingRow::read).transpose()
    }
}

impl Tx {
    /// The run at GitHub that came to wait at a gate first.
    pub async fn held_at(&mut self, key: &str) -> Result<Option<HeldRun>> {
        let details = sqlx::query_scalar!(
            "select details from approval_gates where key = $1 and kind = 'github'",
            key
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let held = details.map(serde_json::from_value).transpose();
        held.map_err(|_| StoreError::corrupt("approval_gates", "details", key))
    }

    /// Id of the gate of a key.
    pub async fn gate_of_key(&mut self, key: &str) -> Result<Option<GateId>> {
        let id = sqlx::query_scalar!("select id from approval_gates where key = $1", key)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(id.map(Into::into))
    }
}
