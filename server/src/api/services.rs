//! Services: the catalog's list, one with all that its page shows, its deploys, and registering one.

mod readiness;

use axum::{Json, extract::State, response::IntoResponse};
use commands::Commands;
use domain::{
    catalog::{
        CatalogSource, Health, Link, NewService, RawService, RelatedEntity, Service, ServiceFilter,
        ServiceSort, ServiceSummary, Tier,
    },
    deploys::read::{DeploySummary, RunningRelease, WaitingChange},
    error::FieldErrors,
    ids::ServiceId,
};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use store::Reads;
use utoipa::{IntoParams, ToSchema};

use self::readiness::{DrillsBody, ReadinessBody};
use super::{
    deploys::{DeploysQuery, Receipt},
    listing::{Listing, paging},
    problem::{ApiError, not_found},
    receive::{Asked, Named, Readable, Sent},
};

/// Which services.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ServicesQuery {
    /// Words that must all stand in title, slug, description or tags.
    q: Option<String>,
    /// Slug of the owning team; `none` for services without one.
    owner: Option<String>,
    /// Criticality.
    #[param(minimum = 1, maximum = 4)]
    tier: Option<Tier>,
    /// Lifecycle, compared exactly.
    lifecycle: Option<String>,
    /// Health.
    #[param(inline)]
    health: Option<Health>,
    /// Sorted by; each in its natural direction.
    #[param(inline)]
    sort: Option<ServiceSort>,
    /// Against that direction.
    reverse: Option<bool>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl ServicesQuery {
    fn filter(self) -> Result<ServiceFilter, FieldErrors> {
        let (position, size) = paging(self.page.as_deref(), self.limit)?;
        Ok(ServiceFilter {
            owner: self.owner,
            teams: None,
            tier: self.tier,
            lifecycle: self.lifecycle,
            health: self.health,
            text: self.q,
            sort: self.sort.unwrap_or_default(),
            reverse: self.reverse.unwrap_or_default(),
            position,
            size,
        })
    }
}

/// A service with all that its page shows.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceDetail {
    #[serde(flatten)]
    service: Service,
    /// What runs in each environment, most important class first.
    running: Vec<RunningRelease>,
    /// Changes on the default branch that production does not have, oldest first, at most 200.
    waiting_changes: Vec<WaitingChange>,
    /// Its relations to other entities, both ways.
    relations: Vec<RelatedEntity>,
    /// The catalog file that describes it, with what is wrong with its newest version.
    source: Option<CatalogSource>,
    /// How ready it is to roll back; nothing where nothing runs in production.
    #[schema(required = true)]
    readiness: Option<ReadinessBody>,
    /// Its rollback drills.
    drills: DrillsBody,
}

/// The services of the catalog, filtered and sorted.
#[utoipa::path(get, path = "/services", tag = "services", params(ServicesQuery),
    responses((status = 200, description = "A page of services", body = Listing<ServiceSummary>)))]
pub(super) async fn list(
    Readable(reads): Readable,
    asked: Asked<ServicesQuery>,
) -> Result<Json<Listing<ServiceSummary>>, ApiError> {
    let filter = asked.checked(ServicesQuery::filter)?;
    Ok(Json(Listing::of(reads.services(&filter).await?)))
}

/// One service: what it is, what runs where, what waits, how it hangs together with others.
#[utoipa::path(get, path = "/services/{slug}", tag = "services",
    params(("slug" = String, Path, description = "Its name; `namespace~name` outside the default namespace")),
    responses((status = 200, description = "The service", body = ServiceDetail)))]
pub(super) async fn show(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    Named(slug): Named,
) -> Result<Json<ServiceDetail>, ApiError> {
    let service = known(&reads, &slug).await?;
    let id = service.summary.id;
    let running = reads.running(id).await?;
    Ok(Json(ServiceDetail {
        readiness: ReadinessBody::of(&reads, id, &running).await?,
        drills: DrillsBody::at(reads.drill_standing(id).await?, commands.now()),
        running,
        waiting_changes: reads.waiting_changes(id).await?,
        relations: reads.relations_of(&service.reference).await?,
        source: reads.catalog_source_of(id).await?,
        service,
    }))
}

/// The deploys of a service, newest first.
#[utoipa::path(get, path = "/services/{slug}/deploys", tag = "services",
    params(("slug" = String, Path, description = "The service's slug"), DeploysQuery),
    responses((status = 200, description = "A page of deploys", body = Listing<DeploySummary>)))]
pub(super) async fn deploys(
    Readable(reads): Readable,
    Named(slug): Named,
    asked: Asked<DeploysQuery>,
) -> Result<Json<Listing<DeploySummary>>, ApiError> {
    let mut filter = asked.checked(DeploysQuery::filter)?;
    let service = known(&reads, &slug).await?;
    filter.service = Some(service.summary.slug);
    Ok(Json(Listing::of(reads.deploys(&filter).await?)))
}

async fn known(reads: &Reads, slug: &str) -> Result<Service, ApiError> {
    let service = reads.service(slug).await?;
    service.ok_or_else(|| not_found(format!("service {slug}")))
}

/// A service to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewServiceBody {
    /// Unique name.
    #[schema(
        min_length = 1,
        max_length = 63,
        pattern = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
        example = "payments-api"
    )]
    name: String,
    /// `default` when left out.
    #[schema(max_length = 63)]
    namespace: Option<String>,
    /// Title for people.
    title: Option<String>,
    /// What it does.
    description: Option<String>,
    /// `service` when left out.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `production` when left out.
    lifecycle: Option<String>,
    /// Criticality, 1 (most critical) to 4.
    #[schema(minimum = 1, maximum = 4)]
    tier: Option<u8>,
    /// Owning team or person: `[kind:][namespace/]name`.
    #[schema(min_length = 1, example = "team-payments")]
    owner: String,
    /// `owner/name` on GitHub.
    #[schema(example = "acme/payments-api")]
    repository: Option<String>,
    /// Globs of a monorepo; left out, the whole repository.
    paths: Option<Vec<String>>,
    /// What a health probe asks.
    health_url: Option<String>,
    /// Tags.
    tags: Option<Vec<String>>,
    /// Links.
    links: Option<Vec<Link>>,
}

impl From<&NewServiceBody> for RawService {
    fn from(body: &NewServiceBody) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: body.name.clone(),
            namespace: text(&body.namespace),
            title: text(&body.title),
            description: text(&body.description),
            service_type: text(&body.kind),
            lifecycle: text(&body.lifecycle),
            tier: body.tier.map(|tier| tier.to_string()).unwrap_or_default(),
            owner: body.owner.clone(),
            repository: text(&body.repository),
            paths: body.paths.clone().unwrap_or_default(),
            health_url: text(&body.health_url),
            tags: body.tags.clone().unwrap_or_default(),
            links: body.links.clone().unwrap_or_default(),
        }
    }
}

/// Registers a service by hand. A catalog file that describes it takes it over later.
#[utoipa::path(post, path = "/services", tag = "services", request_body = NewServiceBody,
    responses((status = 201, description = "Registered", body = Receipt, headers(("location" = String, description = "Where the service is")))))]
pub(super) async fn register(
    State(commands): State<Commands>,
    sent: Sent<NewServiceBody>,
) -> Result<impl IntoResponse, ApiError> {
    let new = sent.checked(|body| NewService::parse(RawService::from(body)))?;
    let id: ServiceId = sent
        .once(&commands, async |commands| {
            Ok(commands.register_service(&sent.by, &new).await?.summary.id)
        })
        .await?;
    let href = format!("/api/v1/services/{}", new.slug());
    let location = [(header::LOCATION, href.clone())];
    Ok((StatusCode::CREATED, location, Json(Receipt { id: id.0, href })))
}
