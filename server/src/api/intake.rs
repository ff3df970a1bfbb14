//! What came in and how it fares: deliveries, deployments that wait for a service, background jobs that failed.

use axum::Json;
use commands::CommandError;
use domain::{
    access::{Action, Resource, authorize},
    actor::Viewer,
    deploys::read::UnmatchedDeployments,
    ids::DeliveryId,
    intake::{Delivery, DeliveryFilter, DeliveryStatus},
    jobs::{FailedJob, FailedJobState},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    listing::{Listing, paging},
    problem::{ApiError, not_found},
    receive::{Asked, Caller, Identified, Readable},
};

/// What came in raw is not for everyone who looks.
fn raw(by: &Viewer) -> Result<(), ApiError> {
    authorize(by, Action::LookAtPlatform, &Resource::Anything).map_err(|why| CommandError::from(why).into())
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveriesQuery {
    /// The sender's id of a delivery, or a part of the repository's name.
    q: Option<String>,
    /// How far it came.
    #[param(inline)]
    status: Option<DeliveryStatus>,
    /// Name of the event, as GitHub writes it.
    event: Option<String>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What outside systems sent, newest first, and what became of each.
#[utoipa::path(get, path = "/deliveries", tag = "intake", params(DeliveriesQuery),
    responses((status = 200, description = "A page of deliveries", body = Listing<Delivery>)))]
pub(super) async fn deliveries(
    Readable(reads): Readable,
    Caller(by): Caller,
    asked: Asked<DeliveriesQuery>,
) -> Result<Json<Listing<Delivery>>, ApiError> {
    raw(&by)?;
    let (filter, (position, size)) = asked.checked(|query| {
        let paging = paging(query.page.as_deref(), query.limit)?;
        let filter = DeliveryFilter {
            status: query.status,
            event: query.event,
            text: query.q,
        };
        Ok((filter, paging))
    })?;
    let page = reads.deliveries(&filter, &position, size).await?;
    Ok(Json(Listing::of(page)))
}

/// A delivery with its body.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryDetail {
    #[serde(flatten)]
    delivery: Delivery,
    /// The body as it was signed; bytes that are no UTF-8 are replaced.
    body: String,
}

/// One delivery with its body.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "intake",
    params(("id" = Uuid, Path, description = "Fairway's id of the delivery")),
    responses((status = 200, description = "The delivery", body = DeliveryDetail)))]
pub(super) async fn delivery(
    Readable(reads): Readable,
    Caller(by): Caller,
    Identified(id): Identified,
) -> Result<Json<DeliveryDetail>, ApiError> {
    raw(&by)?;
    let found = reads.delivery(DeliveryId(id)).await?;
    let (delivery, body) = found.ok_or_else(|| not_found(format!("delivery {id}")))?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Json(DeliveryDetail { delivery, body }))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UnmatchedQuery {
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Deployments that no rule gives to a service, those that look alike together, newest first.
#[utoipa::path(get, path = "/unmatched", tag = "intake", params(UnmatchedQuery),
    responses((status = 200, description = "A page of kinds of waiting deployments", body = Listing<UnmatchedDeployments>)))]
pub(super) async fn unmatched(
    Readable(reads): Readable,
    Caller(by): Caller,
    asked: Asked<UnmatchedQuery>,
) -> Result<Json<Listing<UnmatchedDeployments>>, ApiError> {
    raw(&by)?;
    let (position, size) = asked.checked(|query| paging(query.page.as_deref(), query.limit))?;
    let page = reads.unmatched_deployments(&position, size).await?;
    Ok(Json(Listing::of(page)))
}

/// Which failed jobs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct JobsQuery {
    /// What becomes of them.
    #[param(inline)]
    state: Option<FailedJobState>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Background jobs whose last attempt failed, newest first. Deliveries say themselves how they fare.
#[utoipa::path(get, path = "/jobs", tag = "intake", params(JobsQuery),
    responses((status = 200, description = "A page of failed jobs", body = Listing<FailedJob>)))]
pub(super) async fn jobs(
    Readable(reads): Readable,
    Caller(by): Caller,
    asked: Asked<JobsQuery>,
) -> Result<Json<Listing<FailedJob>>, ApiError> {
    raw(&by)?;
    let (state, (position, size)) =
        asked.checked(|query| Ok((query.state, paging(query.page.as_deref(), query.limit)?)))?;
    let page = reads.failed_jobs(state, &position, size).await?;
    Ok(Json(Listing::of(page)))
}
