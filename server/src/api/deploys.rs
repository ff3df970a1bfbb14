//! Deploys: lists, one with everything about it, reporting one and its phases.

mod asked;
mod driven;
mod sent;
pub(super) mod steering;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::{Commands, Reported};
use domain::{
    deploys::{
        drive::{
            mode::DeployToTell,
            report::{RawSaid, Said},
            request::RawDrive,
        },
        read::DeploySummary,
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
    driven::{DeployShown, DriveReceipt},
    sent::{DeployBody, SaidBody},
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

/// One deploy: its phases, changes with lead times, what it replaced, corrections and incidents; of one that Fairway drives also
/// what people are asked, its phases with their evidence and what watching found.
#[utoipa::path(get, path = "/deploys/{id}", tag = "deploys",
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 200, description = "The deploy", body = DeployShown)))]
pub(super) async fn show(
    Readable(reads): Readable,
    Identified(id): Identified,
) -> Result<Json<DeployShown>, ApiError> {
    let deploy = reads.deploy(DeployId(id)).await?;
    let deploy = deploy.ok_or_else(|| not_found(format!("deploy {id}")))?;
    Ok(Json(Box::pin(DeployShown::of(&reads, deploy)).await?))
}

/// Reports a deploy with the phases it went through so far, or with `mode` `driven` asks Fairway for one. The same `external_id` in
/// the same service and environment is the same deploy, as long as it names the same release: a deploy takes one, and another
/// attempt has an `external_id` of its own.
#[utoipa::path(post, path = "/deploys", tag = "deploys", request_body = DeployBody, responses(
    (status = 201, description = "A new deploy", body = Receipt, headers(("location" = String, description = "Where the deploy is"))),
    (status = 200, description = "A known deploy, updated", body = Receipt, headers(("location" = String, description = "Where the deploy is"))),
    (status = 202, description = "A deploy that Fairway drives from here", body = DriveReceipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(super) async fn report(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    sent: Sent<DeployBody>,
) -> Result<Response, ApiError> {
    let told = sent.checked(|body| DeployToTell::parse(body.mode(), RawDrive::from(body), commands.now()))?;
    match told {
        DeployToTell::Observed(new) => {
            let Reported::<DeployId> { id, is_new } = sent
                .once(&commands, async |commands| {
                    commands.report_deploy(&sent.by, *new).await
                })
                .await?;
            Ok(receipt(id).answer(is_new))
        }
        DeployToTell::Driven(new) => {
            let Reported::<DeployId> { id, .. } = sent
                .once(&commands, async |commands| {
                    commands.start_drive(&sent.by, *new).await
                })
                .await?;
            // It is asked for by now, whatever keeps it from going on.
            if let Err(error) = commands.prepare_drive(id).await {
                tracing::warn!(deploy = %id, %error, "a deploy that was asked for goes on later");
            }
            DriveReceipt::answer(&reads, id).await
        }
    }
}

/// Reports the next phase of a deploy, or by `key` what became of an order of one that Fairway drives. The same again changes
/// nothing; after a success only `failed`, `rolling_back` and `rolled_back` change where an observed deploy stands.
#[utoipa::path(post, path = "/deploys/{id}/phases", tag = "deploys", request_body = SaidBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 200, description = "Noted", body = Receipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(super) async fn report_phase(
    State(commands): State<Commands>,
    Identified(id): Identified,
    sent: Sent<SaidBody>,
) -> Result<Response, ApiError> {
    let id = DeployId(id);
    let said = sent.checked(|body| Said::parse(RawSaid::from(body), id, commands.now()))?;
    match said {
        Said::Phase(phase) => {
            let _: DeployId = sent
                .once(&commands, async |commands| {
                    commands.report_phase(&sent.by, id, phase).await?;
                    Ok(id)
                })
                .await?;
        }
        Said::Report(new) => {
            let _: bool = sent
                .once(&commands, async |commands| {
                    commands.report_drive(&sent.by, new).await
                })
                .await?;
        }
    }
    Ok(receipt(id).answer(false))
}

fn receipt(id: DeployId) -> Receipt {
    Receipt {
        id: id.0,
        href: format!("/api/v1/deploys/{id}"),
    }
}
