//! Corrections of a deploy, each with a reason, and taking them back.

use axum::{extract::State, response::Response};
use commands::Commands;
use domain::{
    deploys::corrections::NewCorrection,
    ids::{CorrectionId, DeployId},
};
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    deploys::Receipt,
    problem::ApiError,
    receive::{Asked, Caller, Identified, Sent},
};

/// What a person says about a deploy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectionBody {
    /// `kind`: another kind. `exclude`: it counts nowhere. `planned`: a rollback that was planned. `exposed`: users saw it
    /// from a time on, or `never`. `fixes`: it fixes another deploy of the service. `failed`: it failed, or did not.
    #[schema(value_type = CorrectedField)]
    field: String,
    /// A kind, a time or `never`, a deploy's id, `true` or `false`; may be left out for `exclude` and `planned`.
    #[schema(max_length = 200)]
    #[serde(default)]
    value: String,
    /// Why; stands in the audit trail.
    #[schema(min_length = 3, max_length = 2000)]
    reason: String,
}

/// What is corrected.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "says the words in the API's document; the domain reads them"
)]
pub(super) enum CorrectedField {
    /// Its kind.
    Kind,
    /// That it counts at all.
    Exclude,
    /// That a rollback was planned.
    Planned,
    /// When users first saw it.
    Exposed,
    /// What it fixes.
    Fixes,
    /// Whether it failed.
    Failed,
}

/// Why it is taken back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoQuery {
    /// Why; stands in the audit trail.
    #[param(min_length = 3, max_length = 2000)]
    reason: String,
}

/// Corrects a deploy; every figure follows at once and says that it contains a correction.
#[utoipa::path(post, path = "/deploys/{id}/corrections", tag = "corrections", request_body = CorrectionBody,
    params(("id" = Uuid, Path, description = "The deploy's id")),
    responses((status = 201, description = "Corrected; `id` is the correction's", body = Receipt,
        headers(("location" = String, description = "Where the deploy is")))))]
pub(super) async fn correct(
    State(commands): State<Commands>,
    Identified(deploy): Identified,
    sent: Sent<CorrectionBody>,
) -> Result<Response, ApiError> {
    let new = sent.checked(|body| NewCorrection::parse(&body.field, &body.value, &body.reason))?;
    let id: CorrectionId = sent
        .once(&commands, async |commands| {
            commands.correct_deploy(&sent.by, DeployId(deploy), new).await
        })
        .await?;
    let href = format!("/api/v1/deploys/{deploy}");
    Ok(Receipt { id: id.0, href }.answer(true))
}

/// Takes a correction back. Both stay in the deploy's record.
#[utoipa::path(delete, path = "/corrections/{id}", tag = "corrections",
    params(("id" = Uuid, Path, description = "The correction's id"), UndoQuery),
    responses((status = 204, description = "Taken back")))]
pub(super) async fn undo(
    State(commands): State<Commands>,
    Identified(id): Identified,
    Caller(by): Caller,
    asked: Asked<UndoQuery>,
) -> Result<StatusCode, ApiError> {
    let query = asked.checked(Ok)?;
    commands
        .undo_correction(&by, CorrectionId(id), &query.reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
