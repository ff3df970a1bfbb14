//! Requests: opening, reading under a lock, ending.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{
        ApprovalRequest, ApprovalState, Binding, BoundRelease, EvidenceCard, Needs, Party, Policy, Release,
    },
    ids::ApprovalId,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::parties::parties;
use crate::{Result, StoreError, Tx};

/// A request to open.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalToStore<'a> {
    /// Its id.
    pub id: ApprovalId,
    /// All that would be approved.
    pub release: &'a BoundRelease,
    /// Its version.
    pub version: Option<&'a str>,
    /// The policy that asks.
    pub policy: &'a Policy,
    /// What it asks for.
    pub needs: &'a Needs,
    /// The evidence.
    pub card: &'a EvidenceCard,
    /// Who must not decide.
    pub parties: &'a [Party],
    /// When it is opened.
    pub at: DateTime<Utc>,
}

/// A request with its evidence.
#[derive(Clone, Debug)]
pub struct StoredApproval {
    /// The request.
    pub request: ApprovalRequest,
    /// The evidence when it was opened.
    pub card: EvidenceCard,
    /// The policy that asked, as it was then.
    pub policy: Policy,
    /// All that is approved.
    pub release: BoundRelease,
}

struct RequestRow {
    id: Uuid,
    service_id: Uuid,
    environment_id: Uuid,
    sha: Option<String>,
    version: Option<String>,
    digest: Option<String>,
    binding: Vec<u8>,
    policy: Value,
    needs: Value,
    state: String,
    opened_at: DateTime<Utc>,
    deadline: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_why: Option<String>,
}

impl RequestRow {
    fn read(self, parties: Vec<Party>) -> Result<ApprovalRequest> {
        let id = self.id;
        let wrong = |column| StoreError::corrupt("approval_requests", column, id);
        let policy = Policy::from_json(&self.policy).map_err(|_| wrong("policy"))?;
        let needs: Needs = typed(self.needs).ok_or_else(|| wrong("needs"))?;
        Ok(ApprovalRequest {
            id: id.into(),
            service: self.service_id.into(),
            environment: self.environment_id.into(),
            release: Release {
                sha: self.sha,
                version: self.version,
                digest: self.digest,
            },
            binding: Binding::of_bytes(&self.binding).ok_or_else(|| wrong("binding"))?,
            state: ApprovalState::parse(&self.state).ok_or_else(|| wrong("state"))?,
            ended_why: self.ended_why,
            opened_at: self.opened_at,
            deadline: self.deadline,
            ended_at: self.ended_at,
            policy: policy.name,
            needs,
            freezes: policy.freezes,
            parties,
        })
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// A request as it is stored.
pub(super) async fn request(db: &mut PgConnection, id: ApprovalId) -> Result<Option<StoredApproval>> {
    let Some(request) = requests(db, &[id.0]).await?.pop() else {
        return Ok(None);
    };
    let row = sqlx::query!(
        "select card, policy, config, terraform_plan, terms from approval_requests where id = $1",
        id.0
    )
    .fetch_one(&mut *db)
    .await?;
    let wrong = |column| StoreError::corrupt("approval_requests", column, id);
    Ok(Some(StoredApproval {
        card: typed(row.card).ok_or_else(|| wrong("card"))?,
        policy: Policy::from_json(&row.policy).map_err(|_| wrong("policy"))?,
        release: BoundRelease {
            service: request.service,
            environment: request.environment,
            sha: request.release.sha.clone(),
            digest: request.release.digest.clone(),
            config: row.config,
            terraform_plan: row.terraform_plan,
            terms: row.terms,
        },
        request,
    }))
}

/// These requests without their evidence, the most urgent first.
pub(super) async fn requests(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<ApprovalRequest>> {
    let rows = sqlx::query_as!(
        RequestRow,
        "select id, service_id, environment_id, sha, version, digest, binding, policy, needs, state, opened_at, deadline,
             ended_at, ended_why
         from approval_requests where id = any($1) order by deadline, id",
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    let mut parties = parties(db, ids).await?;
    rows.into_iter()
        .map(|row| {
            let parties = parties.remove(&row.id).unwrap_or_default();
            row.read(parties)
        })
        .collect()
}

impl Tx {
    /// Lets nobody else open a request for the same service and environment until this unit of work ends.
    pub async fn lock_opening(&mut self, release: &BoundRelease) -> Result<()> {
        let place = format!("approval {} {}", release.service, release.environment);
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", place)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// A request, locked against whoever else decides.
    pub async fn approval(&mut self, id: ApprovalId) -> Result<Option<StoredApproval>> {
        sqlx::query!("select id from approval_requests where id = $1 for update", id.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        request(&mut self.inner, id).await
    }

    /// The requests that could cover a release now, the newest first: what waits, and what lets it go on and is not over its time.
    /// At most two: whatever is older than that, they were asked instead of. Locked.
    pub async fn covering_approvals(
        &mut self,
        release: &BoundRelease,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoredApproval>> {
        let binding = release.binding();
        let ids = sqlx::query_scalar!(
            "select id from approval_requests
             where service_id = $1 and environment_id = $2 and binding = $3
               and state in ('pending', 'approved', 'bypassed') and deadline > $4
             order by opened_at desc, id desc limit 2 for update",
            release.service.0,
            release.environment.0,
            binding.as_bytes(),
            now
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut covering = Vec::with_capacity(ids.len());
        for id in ids {
            covering.extend(request(&mut self.inner, id.into()).await?);
        }
        Ok(covering)
    }

    /// Opens a request.
    pub async fn insert_approval(&mut self, new: ApprovalToStore<'_>) -> Result<()> {
        let release = new.release;
        let binding = release.binding();
        sqlx::query!(
            "insert into approval_requests (id, service_id, environment_id, sha, version, digest, config, terraform_plan, terms,
                 binding, policy, needs, needed, card, opened_at, deadline)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            new.id.0,
            release.service.0,
            release.environment.0,
            release.sha,
            new.version,
            release.digest,
            release.config,
            release.terraform_plan,
            release.terms,
            binding.as_bytes(),
            new.policy.to_json(),
            json!(new.needs),
            i32::from(new.needs.people()),
            json!(new.card),
            new.at,
            new.at + new.policy.expires_in
        )
        .execute(&mut *self.inner)
        .await?;
        self.put_parties(new.id, new.parties).await
    }

    /// Ends a request, for whatever follows from how.
    pub async fn end_approval(
        &mut self,
        id: ApprovalId,
        state: ApprovalState,
        why: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update approval_requests set state = $2, ended_why = $3, ended_at = $4 where id = $1",
            id.0,
            state.as_str(),
            why,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into approval_outcomes (request_id, state, at) values ($1, $2, $3)",
            id.0,
            state.as_str(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Requests that wait and need the clock: their time is over, or nobody is asked and only a freeze holds them. Locked; those
    /// that somebody decides about now come the next time.
    pub async fn approvals_due(&mut self, now: DateTime<Utc>, most: i64) -> Result<Vec<ApprovalId>> {
        let rows = sqlx::query_scalar!(
            "select id from approval_requests
             where state = 'pending' and (deadline <= $1 or needed = 0)
             order by deadline, id limit $2 for update skip locked",
            now,
            most
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
