//! How entities hang together: stated once, read from both ends.

use domain::{
    catalog::{Entity, EntityRef, RelatedEntity, RelationKind},
    ids::EntityId,
};

use crate::{Reads, Result, StoreError, Tx};

impl Reads {
    /// What an entity hangs together with, seen from it: what it states and what others state about it, each once,
    /// sorted by relation and title. What a hidden service states is left out, and one that is named by others is as if it
    /// were not in the catalog.
    pub async fn relations_of(&self, entity: &EntityRef) -> Result<Vec<RelatedEntity>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query!(
            r#"with ends as (
                 select r.kind, r.target_ref as other, false as inverse
                 from relations r join entities e on e.id = r.source_id
                 where lower(e.kind) = $1 and lower(e.namespace) = $2 and lower(e.name) = $3 and e.removed_at is null
               union
                 select r.kind, lower(e.kind) || ':' || lower(e.namespace) || '/' || lower(e.name), true
                 from relations r join entities e on e.id = r.source_id
                 where r.target_ref = $4 and e.removed_at is null
                   and e.id not in (select hidden.id from hidden_services($5, $6) as hidden (id))
               )
               select ends.kind as "kind!", ends.other as "other!", ends.inverse as "inverse!",
                      coalesce(o.title, o.name) as title, o.id is not null as "exists!", s.slug as "slug?"
               from ends
               left join entities o on lower(o.kind) = split_part(ends.other, ':', 1)
                 and lower(o.namespace) = split_part(split_part(ends.other, ':', 2), '/', 1)
                 and lower(o.name) = split_part(ends.other, '/', 2)
                 and o.removed_at is null
                 and o.id not in (select hidden.id from hidden_services($5, $6) as hidden (id))
               left join services s on s.id = o.id"#,
            entity.kind(),
            entity.namespace(),
            entity.name(),
            entity.to_string(),
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        let mut related = Vec::with_capacity(rows.len());
        for row in rows {
            let corrupt = |column| StoreError::corrupt("relations", column, entity);
            let stated = RelationKind::parse(&row.kind).ok_or_else(|| corrupt("kind"))?;
            let reference = EntityRef::parse_full(&row.other).ok_or_else(|| corrupt("target_ref"))?;
            related.push(RelatedEntity {
                relation: if row.inverse { stated.inverse() } else { stated },
                title: row.title.unwrap_or_else(|| reference.name().to_owned()),
                service_slug: row.slug,
                exists: row.exists,
                reference,
            });
        }
        related
            .sort_by(|a, b| (a.relation, &a.title, &a.reference).cmp(&(b.relation, &b.title, &b.reference)));
        related.dedup_by(|a, b| (a.relation, &a.reference) == (b.relation, &b.reference));
        Ok(related)
    }
}

impl Tx {
    pub(super) async fn put_relations(&mut self, id: EntityId, entity: &Entity) -> Result<()> {
        let kinds: Vec<String> = entity
            .relations
            .iter()
            .map(|r| r.kind.as_str().to_owned())
            .collect();
        let targets: Vec<String> = entity.relations.iter().map(|r| r.target.to_string()).collect();
        sqlx::query!(
            "with stated as (select * from unnest($2::text[], $3::text[]) as s(kind, target_ref)),
                  gone as (delete from relations r where source_id = $1
                           and not exists (select from stated s where (s.kind, s.target_ref) = (r.kind, r.target_ref)))
             insert into relations (source_id, kind, target_ref)
             select $1, kind, target_ref from stated on conflict do nothing",
            id.0,
            &kinds,
            &targets
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
