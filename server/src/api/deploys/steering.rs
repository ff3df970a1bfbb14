//! What people and machines ask of a deploy on its way: to call it off, to let it go on, to undo it.

use axum::{extract::State, response::Response};
use commands::{Commands, Reported};
use domain::{audit::parse_reason, ids::DeployId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::driven::DriveReceipt;
use crate::api::{
    problem::ApiError,
    receive::{Identified, Readable, Sent},
};

/// Why somebody asks something of a deploy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReasonBody {
    /// Why; stands in the audit trail.
    #[schema(min_length = 3, max_length = 2000, example = "The release notes are wrong.")]
    reason: String,
}

/// Why somebody lets a deploy go on, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ConfirmBody {
    /// Why; stands in the audit trail.
    #[schema(min_length = 3, max_length = 2000, example = "The shop is closed at night.")]
    reason: String,
    /// The key of the phase that is confirmed, as the deploy names it; once it is in another one, nothing is confirmed.
    key: Option<String>,
}

/// Calls a driven deploy off that users do not see yet. Where its executor deploys, that is told to stop, and what it says decides.
#[utoipa::path(post, path = "/deploys/{id}/cancel", tag = "deploys", request_body = ReasonBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 202, description = "It ends as soon as the executor lets it", body = DriveReceipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(in super::super) async fn cancel(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    Identified(id): Identified,
    sent: Sent<ReasonBody>,
) -> Result<Response, ApiError> {
    let (id, reason) = (DeployId(id), reason(&sent)?);
    let id: DeployId = sent
        .once(&commands, async |commands| {
            commands.cancel_drive(&sent.by, id, &reason).await?;
            Ok(id)
        })
        .await?;
    DriveReceipt::answer(&reads, id).await
}

/// Lets a driven deploy go on that waits for a person. The token has to be one of a person: a program confirms nothing.
#[utoipa::path(post, path = "/deploys/{id}/confirm", tag = "deploys", request_body = ConfirmBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 202, description = "It goes on", body = DriveReceipt, headers(("location" = String, description = "Where the deploy is")))))]
pub(in super::super) async fn confirm(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    Identified(id): Identified,
    sent: Sent<ConfirmBody>,
) -> Result<Response, ApiError> {
    let id = DeployId(id);
    let (key, reason) = sent.checked(|body| Ok((body.key.clone(), parse_reason(&body.reason)?)))?;
    let id: DeployId = sent
        .once(&commands, async |commands| {
            let of = (key.as_deref(), &*reason);
            commands.confirm_drive(&sent.by, id, of).await?;
            Ok(id)
        })
        .await?;
    DriveReceipt::answer(&reads, id).await
}

/// Undoes a deploy that users see. One on its way is undone where it is, what runs by a deploy of its own; the answer is the one
/// that does it.
#[utoipa::path(post, path = "/deploys/{id}/rollback", tag = "deploys", request_body = ReasonBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 202, description = "It is being undone", body = DriveReceipt, headers(("location" = String, description = "Where the deploy is that undoes it")))))]
pub(in super::super) async fn roll_back(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    Identified(id): Identified,
    sent: Sent<ReasonBody>,
) -> Result<Response, ApiError> {
    let reason = reason(&sent)?;
    let Reported::<DeployId> { id, .. } = sent
        .once(&commands, async |commands| {
            commands.roll_back_deploy(&sent.by, DeployId(id), &reason).await
        })
        .await?;
    DriveReceipt::answer(&reads, id).await
}

fn reason(sent: &Sent<ReasonBody>) -> Result<String, ApiError> {
    sent.checked(|body| parse_reason(&body.reason))
}
