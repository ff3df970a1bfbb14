//! What the catalog holds beside services: entities of every kind, teams; and the organisation's environments.

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    catalog::{CatalogEntity, EntityKind, EntityRef, RelatedEntity},
    environments::Environment,
    people::TeamRef,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    listing::Listing,
    problem::{ApiError, not_found},
    receive::{Readable, is_clean},
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

/// The teams that own or owned a service.
#[utoipa::path(get, path = "/teams", tag = "catalog",
    responses((status = 200, description = "All owning teams", body = Listing<TeamRef>)))]
pub(super) async fn teams(Readable(reads): Readable) -> Result<Json<Listing<TeamRef>>, ApiError> {
    Ok(Json(Listing::whole(reads.owning_teams().await?)))
}
