//! Deploys: lists, one with everything about it, reporting one and its phases.

mod asked;
mod sent;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::{Commands, Reported};
use domain::{
    deploys::{
        read::{DeployDetail, DeploySummary},
        report::{NewDeploy, NewPhase, RawDeploy, RawPhase},
    },
    ids::DeployId,
};
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) use self::asked::DeploysQuery;
use self::{
    asked::AllDeploysQuery,
    sent::{DeployBody, PhaseBody},
};
use super::{
    listing::Listing,
    problem::{ApiError, not_found},
    receive::{Asked, Identified, Readable, Sent},
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

/// Deploys of all services, newest first.
#[utoipa::path(get, path = "/deploys", tag = "deploys", params(AllDeploysQuery),
    responses((status = 200, description = "A page of deploys", body = Listing<DeploySummary>)))]
pub(super) async fn list(
    Readable(reads): Readable,
    asked: Asked<AllDeploysQuery>,
) -> Result<Json<Listing<DeploySummary>>, ApiError> {
    let filter = asked.checked(AllDeploysQuery::filter)?;
    Ok(Json(Listing::of(reads.deploys(&filter).await?)))
}

/// One deploy: its phases, changes with lead times, what it replaced, corrections and incidents.
#[utoipa::path(get, path = "/deploys/{id}", tag = "deploys",
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 200, description = "The deploy", body = DeployDetail)))]
pub(super) async fn show(
    Readable(reads): Readable,
    Identified(id): Identified,
) -> Result<Json<DeployDetail>, ApiError> {
    let deploy = reads.deploy(DeployId(id)).await?;
    deploy.map(Json).ok_or_else(|| not_found(format!("deploy {id}")))
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

/// Reports the next phase of a deploy. The same phase again changes nothing; after a success only `failed`, `rolling_back` and
/// `rolled_back` change where the deploy stands.
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
