//! Steps of workflows that wait until people decide: asking, and waiting for the answer.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::{Commands, Reported, StepStanding};
use domain::{
    approvals::{ApprovalState, NewStep, RawStep},
    error::FieldErrors,
    ids::GateId,
};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    auth::Gate,
    problem::ApiError,
    receive::{Asked, Caller, Identified, Sent},
};

/// The longest that one question waits: below what proxies allow.
const LONGEST_WAIT: u32 = 25;
/// How long a decision stays unseen by a question that waits.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A step that comes to wait. Give at least one of `sha`, `digest` and `plan`: all that is named is approved, and nothing else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GateBody {
    /// Slug of the service.
    #[schema(min_length = 1, max_length = 200, example = "payments-api")]
    service: String,
    /// Name of the environment; an unknown one is made, its class guessed from the name.
    #[schema(min_length = 1, max_length = 100, example = "production")]
    environment: String,
    /// Full commit sha.
    #[schema(pattern = "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")]
    sha: Option<String>,
    /// Version.
    #[schema(max_length = 200, example = "2.18.0")]
    version: Option<String>,
    /// Image digest.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: Option<String>,
    /// Hash of the configuration that goes with the release.
    #[schema(max_length = 200)]
    config: Option<String>,
    /// Hash of the Terraform plan.
    #[schema(max_length = 200)]
    plan: Option<String>,
    /// Number of the run: `GITHUB_RUN_ID`.
    #[schema(minimum = 1, example = 7123)]
    run_id: i64,
    /// Attempt of the run: `GITHUB_RUN_ATTEMPT`; 1 when left out.
    #[schema(minimum = 1, maximum = 1_000_000)]
    run_attempt: Option<i64>,
    /// Name of the job: `GITHUB_JOB`, with what tells jobs of a matrix apart. The same job of the same attempt is the same gate.
    #[schema(min_length = 1, max_length = 200, example = "deploy")]
    job: String,
    /// Login of whoever started the run: `GITHUB_TRIGGERING_ACTOR`. They do not decide.
    #[schema(max_length = 200)]
    initiator: Option<String>,
}

impl From<&GateBody> for RawStep {
    fn from(body: &GateBody) -> Self {
        Self {
            service: body.service.clone(),
            environment: body.environment.clone(),
            sha: body.sha.clone(),
            version: body.version.clone(),
            digest: body.digest.clone(),
            config: body.config.clone(),
            plan: body.plan.clone(),
            run_id: body.run_id,
            run_attempt: body.run_attempt,
            job: body.job.clone(),
            initiator: body.initiator.clone(),
        }
    }
}

/// How it stands with a step that waits.
#[derive(Serialize, ToSchema)]
pub(super) struct GateShown {
    /// Its id.
    id: Uuid,
    /// Where to ask again.
    href: String,
    /// Whether the step goes on. Whatever else is said, only this lets it.
    goes: bool,
    /// `pending`, or how what it waits for ended: `approved`, `bypassed`, `rejected`, `expired`, `void`.
    state: String,
    /// Why it ended, where somebody said so.
    #[schema(required = true)]
    why: Option<String>,
    /// What people are asked.
    request: Uuid,
    /// Its page, for people.
    page: String,
    /// When it ends without a decision.
    deadline: DateTime<Utc>,
}

impl From<StepStanding> for GateShown {
    fn from(standing: StepStanding) -> Self {
        let StepStanding { gate, goes } = standing;
        Self {
            id: gate.id.0,
            href: format!("/api/v1/gates/{}", gate.id),
            goes,
            state: ApprovalState::as_str(gate.state).to_owned(),
            why: gate.why,
            request: gate.request.0,
            page: format!("/approvals/{}", gate.request),
            deadline: gate.deadline,
        }
    }
}

/// Lets a step of a workflow wait for a decision. The same step again is the same gate; one decision lets all jobs of a release go.
#[utoipa::path(post, path = "/gates", tag = "gates", request_body = GateBody, responses(
    (status = 201, description = "A new gate", body = GateShown, headers(("location" = String, description = "Where to ask again"))),
    (status = 200, description = "A known gate", body = GateShown, headers(("location" = String, description = "Where to ask again")))))]
pub(super) async fn ask(
    State(commands): State<Commands>,
    sent: Sent<GateBody>,
) -> Result<Response, ApiError> {
    let new = sent.checked(|body| NewStep::parse(RawStep::from(body), commands.now()))?;
    let Reported::<GateId> { id, is_new } = sent
        .once(&commands, async |commands| {
            commands.open_step(&sent.by, new).await
        })
        .await?;
    let shown = GateShown::from(commands.step_standing(&sent.by, id).await?);
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = [(header::LOCATION, shown.href.clone())];
    Ok((status, location, Json(shown)).into_response())
}

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct GateQuery {
    /// Seconds that the answer may take while nobody has decided; 0 when left out.
    #[param(minimum = 0, maximum = 25)]
    wait: Option<u32>,
}

/// How it stands with a step that waits; the answer comes as soon as there is nothing to wait for any more, or when the time is over.
/// Needs the scope `deploys:write`, since the step that hears that it goes, goes.
#[utoipa::path(get, path = "/gates/{id}", tag = "gates", params(("id" = Uuid, Path, description = "The gate's id"), GateQuery),
    responses((status = 200, description = "How it stands", body = GateShown)))]
pub(super) async fn show(
    State(gate): State<Gate>,
    Caller(by): Caller,
    Identified(id): Identified,
    asked: Asked<GateQuery>,
) -> Result<Json<GateShown>, ApiError> {
    let wait = asked.checked(|query| {
        let wait = query.wait.unwrap_or_default();
        if wait > LONGEST_WAIT {
            let message = format!("write at most {LONGEST_WAIT} seconds, and ask again");
            return Err(FieldErrors::one("wait", message));
        }
        Ok(wait)
    })?;
    let until = Instant::now() + Duration::from_secs(wait.into());
    loop {
        let standing = gate.commands.step_standing(&by, GateId(id)).await?;
        let left = until.saturating_duration_since(Instant::now());
        if standing.is_over() || left.is_zero() || gate.stopping.is_cancelled() {
            return Ok(Json(standing.into()));
        }
        // A process that ends answers everybody first; whoever waits asks the next one.
        tokio::select! {
            () = tokio::time::sleep(left.min(LOOK_AGAIN)) => {}
            () = gate.stopping.cancelled() => {}
        }
    }
}
