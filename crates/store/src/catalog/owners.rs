//! What services refer to: teams, declared by their group or known by name only, repositories, and who owned what when.

use chrono::{DateTime, TimeZone, Utc};
use domain::{
    catalog::{Entity, EntityRef, ProjectSlug},
    ids::{RepositoryId, ServiceId, TeamId},
};
use serde_json::Value;

use crate::{Result, Tx};

impl Tx {
    /// The team of a group's reference; `id` is used when nothing is known of it yet, and it is not declared then.
    pub async fn ensure_team(&mut self, id: TeamId, group: &EntityRef, at: DateTime<Utc>) -> Result<TeamId> {
        let slug = group.slug();
        sqlx::query!(
            "insert into teams (id, slug, title, created_at) values ($1, $2, $3, $4) on conflict (slug) do nothing",
            id.0,
            slug,
            group.name(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        let id = sqlx::query_scalar!("select id from teams where slug = $1", slug)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(id.into())
    }

    /// The repository of a name, also a former one; `id` is used when nothing is known of it yet: a stub then, which
    /// the first event that knows its numeric id fills.
    pub async fn ensure_named_repository(
        &mut self,
        id: RepositoryId,
        project: &ProjectSlug,
        at: DateTime<Utc>,
    ) -> Result<RepositoryId> {
        // Older than any event, so that every fact overwrites the stub's.
        let never = Utc.timestamp_nanos(0);
        sqlx::query!(
            "insert into repositories (id, owner, name, facts_as_of, created_at)
             select $1, $2, $3, $4, $5
             where not exists (select from repository_names where full_name = lower($2 || '/' || $3))
             on conflict do nothing",
            id.0,
            project.owner,
            project.name,
            never,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        let id = sqlx::query_scalar!(
            r#"select id as "id!" from (
                 select id, 0 as rank from repositories
                 where lower(owner) = lower($1) and lower(name) = lower($2) and deleted_at is null
               union all
                 select repository_id, 1 from repository_names where full_name = lower($1 || '/' || $2)
               ) found order by rank limit 1"#,
            project.owner,
            project.name
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(id.into())
    }

    pub(super) async fn declare_team(&mut self, group: &Entity) -> Result<()> {
        let profile = group
            .document
            .pointer("/spec/profile/displayName")
            .and_then(Value::as_str);
        let title = group.title.as_deref().or(profile).unwrap_or(&group.name);
        sqlx::query!(
            "update teams set title = $2, description = $3, declared = true where slug = $1",
            group.reference().slug(),
            title,
            group.description
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    pub(super) async fn undeclare_team(&mut self, group: &EntityRef) -> Result<()> {
        sqlx::query!("update teams set declared = false where slug = $1", group.slug())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Appends to who owned what when. The first team that is known owned all that came before.
    pub(crate) async fn note_owner(
        &mut self,
        service: ServiceId,
        team: Option<TeamId>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let team = team.map(|id| id.0);
        sqlx::query!(
            "with known as (select count(*) as owners, count(team_id) as teams from service_owners where service_id = $1),
                  last as (select team_id from service_owners where service_id = $1 order by since desc limit 1),
                  filled as (update service_owners set team_id = $2
                             where service_id = $1 and (select teams = 0 from known) and $2::uuid is not null)
             insert into service_owners (service_id, team_id, since)
             select $1, $2, case when owners = 0 then '-infinity' else $3::timestamptz end from known
             where owners = 0 or (teams > 0 and (select team_id from last) is distinct from $2::uuid)
             on conflict (service_id, since) do update set team_id = excluded.team_id",
            service.0,
            team,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
