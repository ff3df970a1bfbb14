//! What the catalog holds beside services: entities of every kind, teams; and the organisation's environments.

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    catalog::{CatalogEntity, EntityKind, EntityRef, RelatedEntity},
    environments::Environment,
    people::{TeamFilter, TeamSummary},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    listing::{Listing, paging},
    problem::{ApiError, not_found},
    receive::{Asked, Readable, is_clean},
};

/// An entity with its relations.
#[derive(Serialize, ToSchema)]
pub(super) struct EntityDetail {
    #[serde(flatten)]
    entity: CatalogEntity,
    /// Its relations to other entities, both ways.
    relations: Vec<RelatedEntity>,
}

/// A reference in the path: kind, namespace, name.
pub(super) struct Referred(EntityKind, String, String);

impl<S: Send + Sync> FromRequestParts<S> for Referred {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<(String, String, String)>::from_request_parts(parts, state).await;
        let nothing = || not_found("thing of this kind and name");
        let Path((kind, namespace, name)) = path.map_err(|_| nothing())?;
        let kind = EntityKind::parse(&kind).ok_or_else(nothing)?;
        if is_clean(&namespace) && is_clean(&name) {
            Ok(Self(kind, namespace, name))
        } else {
            Err(nothing())
        }
    }
}

/// An entity of the catalog: its whole document and its relations.
#[utoipa::path(get, path = "/catalog/{kind}/{namespace}/{name}", tag = "catalog",
    params(("kind" = String, Path, description = "Component, API, Resource, System, Domain, Group, User, Location or Template, in any case"),
        ("namespace" = String, Path, description = "`default` where the file names none"),
        ("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The entity", body = EntityDetail)))]
pub(super) async fn entity(
    Readable(reads): Readable,
    Referred(kind, namespace, name): Referred,
) -> Result<Json<EntityDetail>, ApiError> {
    let reference = EntityRef::new(kind, &namespace, &name);
    let entity = reads.entity(kind, &namespace, &name).await?;
    let entity = entity.ok_or_else(|| not_found(format!("{reference} in the catalog")))?;
    let relations = reads.relations_of(&reference).await?;
    Ok(Json(EntityDetail { entity, relations }))
}

/// The organisation's environments with their classes.
#[utoipa::path(get, path = "/environments", tag = "catalog",
    responses((status = 200, description = "All environments", body = Listing<Environment>)))]
pub(super) async fn environments(Readable(reads): Readable) -> Result<Json<Listing<Environment>>, ApiError> {
    Ok(Json(Listing::whole(reads.environments().await?)))
}

/// Which teams.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamsQuery {
    /// Words that must all stand in title, slug or description.
    q: Option<String>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Every team by title: those that a Group of the catalog declares, and those that are only named as an owner.
#[utoipa::path(get, path = "/teams", tag = "catalog", params(TeamsQuery),
    responses((status = 200, description = "A page of teams", body = Listing<TeamSummary>)))]
pub(super) async fn teams(
    Readable(reads): Readable,
    asked: Asked<TeamsQuery>,
) -> Result<Json<Listing<TeamSummary>>, ApiError> {
    let (filter, (position, size)) = asked.checked(|query| {
        let paging = paging(query.page.as_deref(), query.limit)?;
        Ok((TeamFilter { text: query.q }, paging))
    })?;
    let page = reads.teams(&filter, &position, size).await?;
    Ok(Json(Listing::of(page)))
}
