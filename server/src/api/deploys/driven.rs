//! Deploys that Fairway drives: what is answered to whoever asks for one, and what is shown of one.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalState, ApprovalSummary},
    deploys::{
        DeployState,
        drive::{PhaseRecord, read::DriveDetail},
        read::DeployDetail,
    },
    ids::DeployId,
    verify::{Verdict, WatchRecord},
};
use http::{StatusCode, header};
use serde::Serialize;
use store::Reads;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Receipt, receipt};
use crate::api::problem::{ApiError, not_found};

/// What a driven deploy became that somebody asked for.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct DriveReceipt {
    /// Its id.
    id: Uuid,
    /// Where to read it.
    href: String,
    /// Where it stands.
    #[schema(inline)]
    state: DeployState,
    /// What people are asked, where they are asked already.
    #[schema(required = true)]
    approval: Option<ApprovalBody>,
}

impl DriveReceipt {
    /// 202: it goes on from here by itself.
    pub async fn answer(reads: &Reads, id: DeployId) -> Result<Response, ApiError> {
        let drive = reads.drive(id).await?;
        let drive = drive.ok_or_else(|| not_found(format!("deploy {id} that Fairway drives")))?;
        let Receipt { id: uuid, href } = receipt(id);
        let body = Self {
            id: uuid,
            href: href.clone(),
            state: drive.drive.standing.state(),
            approval: ApprovalBody::of(reads, &drive).await?,
        };
        Ok((StatusCode::ACCEPTED, [(header::LOCATION, href)], Json(body)).into_response())
    }
}

/// What people are asked about a deploy.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ApprovalBody {
    /// The request.
    id: Uuid,
    /// Its page, for people.
    page: String,
    /// `pending`, or how it ended.
    state: String,
    /// Name of the policy that asks.
    policy: String,
    /// When it ends without a decision.
    deadline: DateTime<Utc>,
    /// People who approved.
    given: i64,
    /// People who must.
    needed: i32,
}

impl From<ApprovalSummary> for ApprovalBody {
    fn from(summary: ApprovalSummary) -> Self {
        Self {
            id: summary.id.0,
            page: format!("/approvals/{}", summary.id),
            state: ApprovalState::as_str(summary.state).to_owned(),
            policy: summary.policy,
            deadline: summary.deadline,
            given: summary.given,
            needed: summary.needed,
        }
    }
}

impl ApprovalBody {
    /// What was asked last about a drive.
    async fn of(reads: &Reads, drive: &DriveDetail) -> Result<Option<Self>, ApiError> {
        let rounds = drive.phases.iter().map(|phase| phase.round);
        let gate = drive.drive.gate(rounds.max().unwrap_or_default());
        let Some(waiting) = reads.gate(&gate).await? else {
            return Ok(None);
        };
        let asked = reads.approval(waiting.request).await?;
        Ok(asked.map(|detail| detail.summary.into()))
    }
}

/// A deploy with everything about it, and with what Fairway knows of one that it drives.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct DeployShown {
    #[serde(flatten)]
    detail: DeployDetail,
    /// Of a deploy that Fairway drives.
    #[schema(required = true)]
    drive: Option<DriveBody>,
}

impl DeployShown {
    pub async fn of(reads: &Reads, detail: DeployDetail) -> Result<Self, ApiError> {
        let id = detail.summary.id;
        let drive = match reads.drive(id).await? {
            Some(drive) => Some(DriveBody::of(reads, drive).await?),
            None => None,
        };
        Ok(Self { detail, drive })
    }
}

/// How far a driven deploy came.
#[derive(Serialize, ToSchema)]
struct DriveBody {
    /// What it waits for, or why it ended.
    #[schema(required = true)]
    why: Option<String>,
    /// Whether users saw it.
    exposed: bool,
    /// The shares of the traffic, one step each, in percent.
    weights: Vec<i16>,
    /// The number under which it has the environment, while it has.
    #[schema(required = true)]
    fence: Option<i64>,
    /// The deploy that undoes it.
    #[schema(required = true)]
    undone_by: Option<Uuid>,
    /// Seconds from the failure that was seen to the release before, watched and good; of one that undoes another.
    #[schema(required = true)]
    seconds_to_roll_back: Option<i64>,
    /// What people were asked last.
    #[schema(required = true)]
    approval: Option<ApprovalBody>,
    /// Its phases, in order, with the evidence of each.
    phases: Vec<DrivePhaseBody>,
    /// What watching found, by the share of the traffic.
    verdicts: Vec<VerdictBody>,
}

impl DriveBody {
    async fn of(reads: &Reads, detail: DriveDetail) -> Result<Self, ApiError> {
        let approval = ApprovalBody::of(reads, &detail).await?;
        let verdicts = reads.verify_verdicts(detail.drive.deploy).await?;
        Ok(Self {
            seconds_to_roll_back: detail.time_to_roll_back().map(|time| time.num_seconds()),
            why: detail.why,
            exposed: detail.drive.exposed,
            weights: detail.drive.weights.as_slice().to_vec(),
            fence: detail.fence,
            undone_by: detail.undone_by.map(|id| id.0),
            approval,
            phases: detail.phases.into_iter().map(DrivePhaseBody::from).collect(),
            verdicts: verdicts.into_iter().map(VerdictBody::from).collect(),
        })
    }
}

/// One phase of a driven deploy.
#[derive(Serialize, ToSchema)]
struct DrivePhaseBody {
    /// Its key: orders of this phase name it, and reports about them.
    key: String,
    /// Which phase; how it ended for the last one.
    #[schema(inline)]
    state: DeployState,
    /// How often it was prepared before.
    round: i16,
    /// Which step of the weights.
    step: i16,
    /// Since when.
    started_at: DateTime<Utc>,
    /// Until when.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    /// Who or what caused it to begin.
    actor: String,
    /// What was known when it began.
    evidence: serde_json::Value,
}

impl From<PhaseRecord> for DrivePhaseBody {
    fn from(record: PhaseRecord) -> Self {
        Self {
            key: record.key,
            state: record.state,
            round: record.round,
            step: record.step,
            started_at: record.started_at,
            finished_at: record.finished_at,
            actor: record.actor,
            evidence: record.evidence,
        }
    }
}

/// What watching a release at a share of the traffic found.
#[derive(Serialize, ToSchema)]
struct VerdictBody {
    /// The share, in percent.
    weight: u8,
    /// `pass`, `fail` or `insufficient`.
    verdict: String,
    /// What failed, or what is missing.
    #[schema(required = true)]
    why: Option<String>,
    /// Whether a whole watch has passed.
    is_over: bool,
    /// When the release was exposed.
    exposed_at: DateTime<Utc>,
    /// When this was noted.
    noted_at: DateTime<Utc>,
}

impl From<WatchRecord> for VerdictBody {
    fn from(record: WatchRecord) -> Self {
        let verdict = record.outlook.verdict;
        Self {
            weight: record.weight,
            verdict: verdict.kind().as_str().to_owned(),
            why: match verdict {
                Verdict::Pass => None,
                Verdict::Fail(failure) => Some(failure.to_string()),
                Verdict::Insufficient(insufficient) => Some(insufficient.to_string()),
            },
            is_over: record.outlook.is_over,
            exposed_at: record.exposed_at,
            noted_at: record.noted_at,
        }
    }
}
