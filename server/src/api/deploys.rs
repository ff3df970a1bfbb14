//! Deploys: lists, one with everything about it, reporting one and its phases.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::{Commands, Reported};
use domain::{
    deploys::{
        DeployKind, DeployState, Strategy,
        read::{DeployDetail, DeployFilter, DeployOutcome, DeploySummary},
        report::{NewDeploy, NewPhase, RawDeploy, RawPhase},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
    ids::DeployId,
};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    listing::{Listing, paging},
    problem::{ApiError, not_found},
    receive::{Asked, Identified, Sent},
};

/// What a report became.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    /// Its id.
    pub id: Uuid,
    /// Where to read it.
    pub href: String,
}

impl Receipt {
    /// 201 for something new, 200 for something updated; with its place.
    pub fn answer(self, is_new: bool) -> Response {
        let status = if is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        let location = [(header::LOCATION, self.href.clone())];
        (status, location, Json(self)).into_response()
    }
}

/// Which deploys of a service.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeploysQuery {
    /// Name of the environment.
    environment: Option<String>,
    /// Class of the environment.
    #[param(inline)]
    class: Option<EnvironmentClass>,
    /// Where it stands.
    #[param(inline)]
    state: Option<DeployState>,
    /// Its kind.
    #[param(inline)]
    kind: Option<DeployKind>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<DeployOutcome>,
    /// Asked for at this time or later.
    from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    to: Option<DateTime<Utc>>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl DeploysQuery {
    /// The filter, of any service.
    pub fn filter(self) -> Result<DeployFilter, FieldErrors> {
        let (position, size) = paging(self.page.as_deref(), self.limit)?;
        Ok(DeployFilter {
            service: None,
            team: None,
            environment: self.environment,
            class: self.class,
            state: self.state,
            kind: self.kind,
            outcome: self.outcome,
            from: self.from,
            to: self.to,
            position,
            size,
        })
    }
}

/// Which deploys of all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AllDeploysQuery {
    /// Slug of the service.
    service: Option<String>,
    /// Slug of the team that owns the service now.
    team: Option<String>,
    /// Name of the environment.
    environment: Option<String>,
    /// Class of the environment.
    #[param(inline)]
    class: Option<EnvironmentClass>,
    /// Where it stands.
    #[param(inline)]
    state: Option<DeployState>,
    /// Its kind.
    #[param(inline)]
    kind: Option<DeployKind>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<DeployOutcome>,
    /// Asked for at this time or later.
    from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    to: Option<DateTime<Utc>>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl AllDeploysQuery {
    fn filter(self) -> Result<DeployFilter, FieldErrors> {
        let (position, size) = paging(self.page.as_deref(), self.limit)?;
        Ok(DeployFilter {
            service: self.service,
            team: self.team,
            environment: self.environment,
            class: self.class,
            state: self.state,
            kind: self.kind,
            outcome: self.outcome,
            from: self.from,
            to: self.to,
            position,
            size,
        })
    }
}

/// Deploys of all services, newest first.
#[utoipa::path(get, path = "/deploys", tag = "deploys", params(AllDeploysQuery),
    responses((status = 200, description = "A page of deploys", body = Listing<DeploySummary>)))]
pub(super) async fn list(
    State(commands): State<Commands>,
    asked: Asked<AllDeploysQuery>,
) -> Result<Json<Listing<DeploySummary>>, ApiError> {
    let filter = asked.checked(AllDeploysQuery::filter)?;
    Ok(Json(Listing::of(commands.reads().deploys(&filter).await?)))
}

/// One deploy: its phases, changes with lead times, what it replaced, corrections and incidents.
#[utoipa::path(get, path = "/deploys/{id}", tag = "deploys",
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 200, description = "The deploy", body = DeployDetail)))]
pub(super) async fn show(
    State(commands): State<Commands>,
    Identified(id): Identified,
) -> Result<Json<DeployDetail>, ApiError> {
    let deploy = commands.reads().deploy(DeployId(id)).await?;
    deploy.map(Json).ok_or_else(|| not_found(format!("deploy {id}")))
}

/// A deploy as a CI reports it. Give at least one of `sha`, `version` and `digest`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeployBody {
    /// Slug of the service.
    #[schema(min_length = 1, max_length = 200, example = "payments-api")]
    service: String,
    /// Name of the environment; an unknown one is made, its class guessed from the name.
    #[schema(min_length = 1, max_length = 100, example = "production")]
    environment: String,
    /// Full commit sha.
    #[schema(pattern = "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")]
    sha: Option<String>,
    /// Version. `latest` is refused for production.
    #[schema(max_length = 200, example = "2.18.0")]
    version: Option<String>,
    /// Image digest.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: Option<String>,
    /// Branch or tag.
    #[schema(max_length = 255)]
    git_ref: Option<String>,
    /// Left out, the history says it.
    #[schema(value_type = Option<DeployKind>)]
    kind: Option<String>,
    /// `rolling` when left out.
    #[schema(value_type = Option<Strategy>)]
    strategy: Option<String>,
    /// Id of the deploy of this service that this one undoes.
    #[schema(value_type = Option<Uuid>)]
    rollback_of: Option<String>,
    /// The sender's own identity of the deploy: the same one reported again updates it.
    #[schema(max_length = 200, example = "run-8123")]
    external_id: Option<String>,
    /// When it was asked for; now when left out. At most five minutes ahead.
    #[schema(value_type = Option<DateTime<Utc>>)]
    requested_at: Option<String>,
    /// The sender's own words.
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// Where the log is.
    #[schema(max_length = 2000, pattern = "^https?://")]
    log_url: Option<String>,
    /// Where the environment answers.
    #[schema(max_length = 2000, pattern = "^https?://")]
    environment_url: Option<String>,
    /// Who asked for it.
    #[schema(max_length = 200)]
    initiator: Option<String>,
    /// What happened so far.
    #[schema(max_items = 100)]
    #[serde(default)]
    phases: Vec<PhaseBody>,
}

/// A phase of a deploy as a CI reports it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhaseBody {
    /// Where the deploy stands. `superseded` and `lost` are found out, never reported.
    #[schema(value_type = DeployState, example = "succeeded")]
    state: String,
    /// Since when; now when left out.
    #[schema(value_type = Option<DateTime<Utc>>)]
    at: Option<String>,
    /// Whether users were exposed; left out, the state says it.
    exposed: Option<bool>,
    /// Canary weight in percent.
    #[schema(minimum = 0, maximum = 100)]
    weight: Option<i64>,
    /// The sender's own words.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

impl From<&PhaseBody> for RawPhase {
    fn from(body: &PhaseBody) -> Self {
        Self {
            state: body.state.clone(),
            at: body.at.clone(),
            exposed: body.exposed,
            weight: body.weight,
            note: body.note.clone(),
        }
    }
}

impl From<&DeployBody> for RawDeploy {
    fn from(body: &DeployBody) -> Self {
        Self {
            service: body.service.clone(),
            environment: body.environment.clone(),
            sha: body.sha.clone(),
            version: body.version.clone(),
            digest: body.digest.clone(),
            git_ref: body.git_ref.clone(),
            kind: body.kind.clone(),
            strategy: body.strategy.clone(),
            rollback_of: body.rollback_of.clone(),
            external_id: body.external_id.clone(),
            requested_at: body.requested_at.clone(),
            description: body.description.clone(),
            log_url: body.log_url.clone(),
            environment_url: body.environment_url.clone(),
            initiator: body.initiator.clone(),
            phases: body.phases.iter().map(RawPhase::from).collect(),
        }
    }
}

/// Reports a deploy with the phases it went through so far. The same `external_id` in the same service and environment
/// updates the deploy, as long as it names the same release: a deploy takes one, and another attempt has an `external_id` of
/// its own.
#[utoipa::path(post, path = "/deploys", tag = "deploys", request_body = DeployBody, responses(
    (status = 201, description = "A new deploy", body = Receipt, headers(("location" = String, description = "Where the deploy is"))),
    (status = 200, description = "A known deploy, updated", body = Receipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(super) async fn report(
    State(commands): State<Commands>,
    sent: Sent<DeployBody>,
) -> Result<Response, ApiError> {
    let new = sent.checked(|body| NewDeploy::parse(RawDeploy::from(body), commands.now()))?;
    let Reported::<DeployId> { id, is_new } = sent
        .once(&commands, async |commands| {
            commands.report_deploy(&sent.by, new).await
        })
        .await?;
    Ok(receipt(id).answer(is_new))
}

/// Reports the next phase of a deploy. The same phase again changes nothing.
#[utoipa::path(post, path = "/deploys/{id}/phases", tag = "deploys", request_body = PhaseBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 200, description = "Noted", body = Receipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(super) async fn report_phase(
    State(commands): State<Commands>,
    Identified(id): Identified,
    sent: Sent<PhaseBody>,
) -> Result<Response, ApiError> {
    let phase = sent.checked(|body| NewPhase::parse(RawPhase::from(body), commands.now()))?;
    let id = DeployId(id);
    let id: DeployId = sent
        .once(&commands, async |commands| {
            commands.report_phase(&sent.by, id, phase).await?;
            Ok(id)
        })
        .await?;
    Ok(receipt(id).answer(false))
}

fn receipt(id: DeployId) -> Receipt {
    Receipt {
        id: id.0,
        href: format!("/api/v1/deploys/{id}"),
    }
}
