//! Entities: one row for ever, moved between files and revived, never deleted.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{CatalogEntity, Entity, EntityChange, EntityKind, EntityRef, EntitySummary, SourceKind},
    ids::{CatalogSourceId, EntityId, RepositoryId, TeamId},
    live::{Change, ChangeKind},
};
use serde_json::Value;
use uuid::Uuid;

use super::sources::shown_location;
use crate::{Reads, Result, StoreError, Tx};

/// Who describes an entity already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityClaim {
    /// The entity.
    pub reference: EntityRef,
    /// Its id: that of the service, where it is one.
    pub id: EntityId,
    /// The source that describes it.
    pub source: CatalogSourceId,
    /// What kind of place that is.
    pub kind: SourceKind,
    /// Its path or address.
    pub location: String,
}

/// Where an entity belongs: what its document alone does not say.
#[derive(Clone, Copy, Debug)]
pub struct EntityPlace {
    /// The source that describes it.
    pub source: CatalogSourceId,
    /// The team that owns it, where a team does.
    pub team: Option<TeamId>,
    /// The repository that it names or that its file lies in.
    pub repository: Option<RepositoryId>,
}

/// What [`Tx::put_entity`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutEntity {
    /// The entity; the same id as before where it was known.
    pub id: EntityId,
    /// What happened.
    pub change: EntityChange,
}

struct EntityRow {
    id: Uuid,
    kind: String,
    namespace: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    descriptor: Value,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    removed_at: Option<DateTime<Utc>>,
}

impl EntityRow {
    fn into_entity(self) -> Result<CatalogEntity> {
        let kind =
            EntityKind::parse(&self.kind).ok_or_else(|| StoreError::corrupt("entities", "kind", self.id))?;
        let spec_type = self
            .descriptor
            .pointer("/spec/type")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned);
        Ok(CatalogEntity {
            summary: EntitySummary {
                id: self.id.into(),
                kind,
                title: self.title.unwrap_or_else(|| self.name.clone()),
                namespace: self.namespace,
                name: self.name,
                description: self.description,
                spec_type,
            },
            document: self.descriptor,
            created_at: self.created_at,
            updated_at: self.updated_at,
            removed_at: self.removed_at,
        })
    }
}

impl Reads {
    /// One entity, also a removed one; names are compared without regard to case.
    pub async fn entity(
        &self,
        kind: EntityKind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<CatalogEntity>> {
        let (everything, teams) = self.seeing();
        sqlx::query_as!(
            EntityRow,
            "select id, kind, namespace, name, title, description, descriptor, created_at, updated_at, removed_at
             from entities
             where lower(kind) = $1 and lower(namespace) = $2 and lower(name) = $3
               and id not in (select hidden.id from hidden_services($4, $5) as hidden (id))",
            kind.key(),
            namespace.to_ascii_lowercase(),
            name.to_ascii_lowercase(),
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?
        .map(EntityRow::into_entity)
        .transpose()
    }
}

impl Tx {
    /// Which of these entities are in the catalog now, and who describes them.
    pub async fn entity_claims(&mut self, references: &[EntityRef]) -> Result<Vec<EntityClaim>> {
        let texts: Vec<String> = references.iter().map(ToString::to_string).collect();
        let rows = sqlx::query!(
            r#"select wanted.reference as "reference!", e.id as entity_id, c.id, c.kind, c.location,
                      r.owner || '/' || r.name as repository_name
               from unnest($1::text[]) as wanted(reference)
               join entities e on lower(e.kind) = split_part(wanted.reference, ':', 1)
                 and lower(e.namespace) = split_part(split_part(wanted.reference, ':', 2), '/', 1)
                 and lower(e.name) = split_part(wanted.reference, '/', 2)
               join catalog_sources c on c.id = e.source_id
               left join repositories r on r.id = c.repository_id
               where e.removed_at is null"#,
            &texts
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let corrupt = |column| StoreError::corrupt("catalog_sources", column, row.id);
                Ok(EntityClaim {
                    reference: EntityRef::parse_full(&row.reference).ok_or_else(|| corrupt("reference"))?,
                    id: row.entity_id.into(),
                    source: row.id.into(),
                    kind: SourceKind::parse(&row.kind).ok_or_else(|| corrupt("kind"))?,
                    location: shown_location(row.location, row.repository_name),
                })
            })
            .collect()
    }

    /// Removes what a source described and its new version does not: tombstones, so that history stays. Gives what
    /// was removed, sorted.
    pub async fn remove_entities_except(
        &mut self,
        source: CatalogSourceId,
        keep: &[EntityRef],
        at: DateTime<Utc>,
    ) -> Result<Vec<(EntityId, EntityRef)>> {
        let keep: Vec<String> = keep.iter().map(ToString::to_string).collect();
        let rows = sqlx::query!(
            r#"update entities set removed_at = $3, updated_at = $3
               where source_id = $1 and removed_at is null
                 and lower(kind) || ':' || lower(namespace) || '/' || lower(name) <> all($2::text[])
               returning id, lower(kind) || ':' || lower(namespace) || '/' || lower(name) as "reference!""#,
            source.0,
            &keep,
            at
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        sqlx::query!("delete from relations where source_id = any($1)", &ids)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query!("update services set removed_at = $2 where id = any($1)", &ids, at)
            .execute(&mut *self.inner)
            .await?;
        let mut removed = Vec::with_capacity(rows.len());
        for row in rows {
            let reference = EntityRef::parse_full(&row.reference)
                .ok_or_else(|| StoreError::corrupt("entities", "name", row.id))?;
            if reference.known_kind() == Some(EntityKind::Group) {
                self.undeclare_team(&reference).await?;
            }
            removed.push((row.id.into(), reference));
        }
        if !removed.is_empty() {
            self.note_changes([Change::of(ChangeKind::Catalog)], at);
        }
        removed.sort_by(|a: &(EntityId, EntityRef), b| a.1.cmp(&b.1));
        Ok(removed)
    }

    /// Writes an entity with its relations, and its service or team. `id` is used when the entity is new.
    pub async fn put_entity(
        &mut self,
        id: EntityId,
        entity: &Entity,
        place: EntityPlace,
        at: DateTime<Utc>,
    ) -> Result<PutEntity> {
        let put = self.upsert_entity(id, entity, place.source, at).await?;
        self.put_relations(put.id, entity).await?;
        match entity.kind {
            EntityKind::Component => self.put_service(put.id.0.into(), entity, place, at).await?,
            EntityKind::Group => self.declare_team(entity).await?,
            _ => {}
        }
        if put.change != EntityChange::Unchanged {
            self.note_changes([Change::of(ChangeKind::Catalog)], at);
        }
        Ok(put)
    }

    async fn upsert_entity(
        &mut self,
        id: EntityId,
        entity: &Entity,
        source: CatalogSourceId,
        at: DateTime<Utc>,
    ) -> Result<PutEntity> {
        let before = sqlx::query!(
            r#"select id, removed_at is not null as "removed!",
                      descriptor = $4 and source_id is not distinct from $5 and name = $6 as "same!"
               from entities where lower(kind) = $1 and lower(namespace) = $2 and lower(name) = $3 for update"#,
            entity.kind.key(),
            entity.namespace.to_ascii_lowercase(),
            entity.name.to_ascii_lowercase(),
            entity.document,
            source.0,
            entity.name
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let change = match &before {
            None => EntityChange::Created,
            Some(before) if before.removed => EntityChange::Revived,
            Some(before) if before.same => {
                return Ok(PutEntity {
                    id: before.id.into(),
                    change: EntityChange::Unchanged,
                });
            }
            Some(_) => EntityChange::Changed,
        };
        let id = before.map_or(id.0, |before| before.id);
        sqlx::query!(
            "insert into entities
                 (id, kind, namespace, name, title, description, descriptor, source_id, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
             on conflict (id) do update set kind = $2, namespace = $3, name = $4, title = $5, description = $6,
                 descriptor = $7, source_id = $8, updated_at = $9, removed_at = null",
            id,
            entity.kind.as_str(),
            entity.namespace,
            entity.name,
            entity.title,
            entity.description,
            entity.document,
            source.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(PutEntity {
            id: id.into(),
            change,
        })
    }
}
