//! Incidents, as far as figures need them: lists, reporting, updating and reading one.

use axum::{Json, extract::State, response::Response};
use commands::{Commands, Reported};
use domain::{
    ids::IncidentId,
    incidents::{Incident, IncidentFilter, NewIncident, RawIncident},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    deploys::Receipt,
    listing::{Listing, paging},
    problem::{ApiError, not_found},
    receive::{Asked, Identified, Readable, Sent},
};

/// An incident as somebody reports it. Times at most five minutes ahead, none before `detected_at`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentBody {
    /// Slug of the service.
    #[schema(min_length = 1, max_length = 200, example = "payments-api")]
    service: String,
    /// The sender's own identity: the same incident sent again updates it.
    #[schema(max_length = 200, example = "PD-4711")]
    external_id: Option<String>,
    /// What is wrong, in a sentence.
    #[schema(min_length = 1, max_length = 300, example = "Checkout answers 500")]
    title: String,
    /// 1 (worst) to 4.
    #[schema(minimum = 1, maximum = 4)]
    severity: i64,
    /// When it was noticed; now when left out.
    #[schema(value_type = Option<DateTime<Utc>>)]
    detected_at: Option<String>,
    /// When somebody took it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    triaged_at: Option<String>,
    /// When users no longer felt it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    mitigated_at: Option<String>,
    /// When it was over.
    #[schema(value_type = Option<DateTime<Utc>>)]
    resolved_at: Option<String>,
    /// Where to read more.
    #[schema(max_length = 2000, pattern = "^https?://")]
    url: Option<String>,
    /// The deploys that caused it: confirmed causes, which count as failed. Left out, what was said before stays.
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 50)]
    caused_by: Option<Vec<String>>,
}

impl From<&IncidentBody> for RawIncident {
    fn from(body: &IncidentBody) -> Self {
        Self {
            service: body.service.clone(),
            external_id: body.external_id.clone(),
            title: body.title.clone(),
            severity: Some(body.severity),
            detected_at: body.detected_at.clone(),
            triaged_at: body.triaged_at.clone(),
            mitigated_at: body.mitigated_at.clone(),
            resolved_at: body.resolved_at.clone(),
            url: body.url.clone(),
            caused_by: body.caused_by.clone(),
        }
    }
}

/// Reports an incident, or updates it: the same `external_id` is the same incident.
#[utoipa::path(post, path = "/incidents", tag = "incidents", request_body = IncidentBody, responses(
    (status = 201, description = "A new incident", body = Receipt, headers(("location" = String, description = "Where the incident is"))),
    (status = 200, description = "A known incident, updated", body = Receipt, headers(("location" = String, description = "Where the incident is")))))]
pub(super) async fn report(
    State(commands): State<Commands>,
    sent: Sent<IncidentBody>,
) -> Result<Response, ApiError> {
    let new = sent.checked(|body| NewIncident::parse(RawIncident::from(body), commands.now()))?;
    let Reported::<IncidentId> { id, is_new } = sent
        .once(&commands, async |commands| {
            commands.report_incident(&sent.by, new).await
        })
        .await?;
    let href = format!("/api/v1/incidents/{id}");
    Ok(Receipt { id: id.0, href }.answer(is_new))
}

/// Which incidents.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentsQuery {
    /// Slug of the service.
    service: Option<String>,
    /// `true`: neither mitigated nor resolved; `false`: over.
    open: Option<bool>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(IncidentsQuery),
    responses((status = 200, description = "A page of incidents", body = Listing<Incident>)))]
pub(super) async fn list(
    Readable(reads): Readable,
    asked: Asked<IncidentsQuery>,
) -> Result<Json<Listing<Incident>>, ApiError> {
    let (filter, (position, size)) = asked.checked(|query| {
        let paging = paging(query.page.as_deref(), query.limit)?;
        let filter = IncidentFilter {
            service: query.service,
            open: query.open,
        };
        Ok((filter, paging))
    })?;
    let page = reads.incidents(&filter, &position, size).await?;
    Ok(Json(Listing::of(page)))
}

/// One incident with the deploys that are confirmed as its cause.
#[utoipa::path(get, path = "/incidents/{id}", tag = "incidents",
    params(("id" = Uuid, Path, description = "The incident's id")),
    responses((status = 200, description = "The incident", body = Incident)))]
pub(super) async fn show(
    Readable(reads): Readable,
    Identified(id): Identified,
) -> Result<Json<Incident>, ApiError> {
    let incident = reads.incident(IncidentId(id)).await?;
    incident
        .map(Json)
        .ok_or_else(|| not_found(format!("incident {id}")))
}
