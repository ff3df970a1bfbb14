//! Services: what the catalog's components mean to the rest of Fairway.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        Entity, EntityRef, Health, Link, Privacy, Service, ServiceRepository, ServiceState, ServiceSummary,
        Tier, component_of_slug,
    },
    deploys::DeployState,
    ids::ServiceId,
    incidents::Severity,
    people::TeamRef,
};
use serde_json::Value;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::EntityPlace;
use crate::{Reads, Result, StoreError, Tx, sight::Hidden};

/// The columns of [`SummaryRow`], from `services s`, `service_state st` and `teams t`.
pub(super) const SUMMARY_COLUMNS: &str = "s.id, s.slug, s.title, s.type as service_type, s.lifecycle, s.tier, \
     t.id as team_id, t.slug as team_slug, t.title as team_title, st.production_deploy_id, st.production_version, \
     st.production_since, st.last_deploy_id, st.last_deploy_at, st.last_deploy_state, st.open_incidents, \
     st.worst_severity, st.health, st.undelivered_changes";
/// The tables that they come from. Every service has a state row, made with it.
pub(super) const SUMMARY_TABLES: &str =
    "services s join service_state st on st.service_id = s.id left join teams t on t.id = s.team_id";

#[derive(FromRow)]
pub(super) struct SummaryRow {
    id: Uuid,
    slug: String,
    title: String,
    service_type: Option<String>,
    lifecycle: Option<String>,
    tier: Option<i16>,
    team_id: Option<Uuid>,
    team_slug: Option<String>,
    team_title: Option<String>,
    production_deploy_id: Option<Uuid>,
    production_version: Option<String>,
    production_since: Option<DateTime<Utc>>,
    last_deploy_id: Option<Uuid>,
    last_deploy_at: Option<DateTime<Utc>>,
    last_deploy_state: Option<String>,
    open_incidents: i32,
    worst_severity: Option<i16>,
    health: String,
    undelivered_changes: Option<i32>,
}

impl SummaryRow {
    pub(super) fn into_summary(self) -> Result<ServiceSummary> {
        let id = self.id;
        let corrupt = |table, column| StoreError::corrupt(table, column, id);
        let number = |value: i16| u8::try_from(value).ok();
        let state = ServiceState {
            production_deploy: self.production_deploy_id.map(Into::into),
            production_version: self.production_version,
            production_since: self.production_since,
            last_deploy: self.last_deploy_id.map(Into::into),
            last_deploy_at: self.last_deploy_at,
            last_deploy_state: self
                .last_deploy_state
                .map(|text| {
                    DeployState::parse(&text).ok_or_else(|| corrupt("service_state", "last_deploy_state"))
                })
                .transpose()?,
            open_incidents: u32::try_from(self.open_incidents).unwrap_or_default(),
            worst_severity: self.worst_severity.and_then(number).and_then(Severity::new),
            health: Health::parse(&self.health).ok_or_else(|| corrupt("service_state", "health"))?,
            undelivered_changes: self
                .undelivered_changes
                .and_then(|count| u32::try_from(count).ok()),
        };
        let owner = match (self.team_id, self.team_slug, self.team_title) {
            (Some(id), Some(slug), Some(title)) => Some(TeamRef {
                id: id.into(),
                slug,
                title,
            }),
            _ => None,
        };
        Ok(ServiceSummary {
            id: id.into(),
            slug: self.slug,
            title: self.title,
            service_type: self.service_type,
            lifecycle: self.lifecycle,
            tier: self
                .tier
                .and_then(number)
                .and_then(|tier| Tier::try_from(tier).ok()),
            owner,
            state,
        })
    }
}

#[derive(FromRow)]
struct ServiceRow {
    #[sqlx(flatten)]
    summary: SummaryRow,
    namespace: String,
    name: String,
    description: Option<String>,
    path_globs: Vec<String>,
    health_url: Option<String>,
    links: Value,
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    removed_at: Option<DateTime<Utc>>,
    private_in_file: bool,
    private_by_hand: bool,
    repository_id: Option<Uuid>,
    repository_name: Option<String>,
    default_branch: Option<String>,
    archived: Option<bool>,
    gone_at: Option<DateTime<Utc>>,
}

impl ServiceRow {
    fn into_service(self) -> Result<Service> {
        let id = self.summary.id;
        let repository = match (self.repository_id, self.repository_name, self.default_branch) {
            (Some(id), Some(full_name), Some(default_branch)) => Some(ServiceRepository {
                id: id.into(),
                full_name,
                default_branch,
                archived: self.archived.unwrap_or_default(),
                gone_at: self.gone_at,
            }),
            _ => None,
        };
        let links: Vec<Link> =
            serde_json::from_value(self.links).map_err(|_| StoreError::corrupt("services", "links", id))?;
        Ok(Service {
            reference: EntityRef::new(
                domain::catalog::EntityKind::Component,
                &self.namespace,
                &self.name,
            ),
            summary: self.summary.into_summary()?,
            description: self.description,
            repository,
            path_globs: self.path_globs,
            health_url: self.health_url,
            links,
            tags: self.tags,
            created_at: self.created_at,
            removed_at: self.removed_at,
            privacy: Privacy {
                in_file: self.private_in_file,
                by_hand: self.private_by_hand,
            },
        })
    }
}

impl Reads {
    /// The service of a slug in any case, also a removed one.
    pub async fn service(&self, slug: &str) -> Result<Option<Service>> {
        let mut query = service_query();
        query.push(" where s.id = ");
        push_service_id(&mut query, slug);
        self.push_seen(&mut query, "s.id", Hidden::Services);
        let row: Option<ServiceRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        row.map(ServiceRow::into_service).transpose()
    }

    /// The service of an id, also a removed one.
    pub async fn service_by_id(&self, id: ServiceId) -> Result<Option<Service>> {
        let mut query = service_query();
        query.push(" where s.id = ").push_bind(id.0);
        self.push_seen(&mut query, "s.id", Hidden::Services);
        let row: Option<ServiceRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        row.map(ServiceRow::into_service).transpose()
    }
}

/// Pushes the id of a slug's service. Names are compared without regard to case, as where a service is registered: none
/// differs from another by case alone.
pub(crate) fn push_service_id(query: &mut QueryBuilder<Postgres>, slug: &str) {
    let reference = component_of_slug(&slug.replace('\0', ""));
    query
        .push("(select id from entities where lower(kind) = 'component' and lower(namespace) = ")
        .push_bind(reference.namespace().to_owned())
        .push(" and lower(name) = ")
        .push_bind(reference.name().to_owned())
        .push(")");
}

fn service_query() -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("select ");
    query.push(SUMMARY_COLUMNS).push(
        ", e.namespace, e.name, s.description, s.path_globs, s.health_url, s.links, s.tags, s.created_at, s.removed_at, \
         s.private_in_file, s.private_by_hand, \
         r.id as repository_id, r.owner || '/' || r.name as repository_name, r.default_branch, \
         r.archived_at is not null as archived, coalesce(l.gone_at, r.deleted_at) as gone_at from ",
    );
    query.push(SUMMARY_TABLES).push(
        " join entities e on e.id = s.id left join repositories r on r.id = s.repository_id \
         left join repository_listings l on l.repository_id = r.id",
    );
    query
}

impl Tx {
    pub(super) async fn put_service(
        &mut self,
        id: ServiceId,
        entity: &Entity,
        place: EntityPlace,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let links =
            serde_json::to_value(&entity.links).map_err(|_| StoreError::corrupt("services", "links", id))?;
        sqlx::query!(
            "insert into services (id, slug, title, description, type, lifecycle, tier, team_id, repository_id,
                 path_globs, health_url, links, tags, created_at, private_in_file, private)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
             on conflict (id) do update set slug = $2, title = $3, description = $4, type = $5, lifecycle = $6,
                 tier = $7, team_id = $8, repository_id = $9, path_globs = $10, health_url = $11, links = $12,
                 tags = $13, removed_at = null, private_in_file = $15, private = $15 or services.private_by_hand",
            id.0,
            domain::catalog::slug(&entity.namespace, &entity.name),
            entity.display_name(),
            entity.description,
            entity.spec_type,
            entity.lifecycle,
            entity.honoured.tier.map(|tier| i16::from(tier.number())),
            place.team.map(|id| id.0),
            place.repository.map(|id| id.0),
            &entity.honoured.paths,
            entity.honoured.health_url.as_ref().map(ToString::to_string),
            links,
            &entity.tags,
            at,
            entity.honoured.private
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into service_state (service_id, derived_at) values ($1, $2) on conflict do nothing",
            id.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        self.note_owner(id, place.team, at).await
    }
}
