//! Teams: the list of them, and who belongs to one. A team is a Group of the catalog; its people are those that the
//! catalog names and those of the team at GitHub that the Group names.

use std::collections::BTreeMap;

use domain::{
    ids::{PersonId, TeamId},
    page::{Page, Position},
    people::{TeamFilter, TeamMember, TeamRef, TeamSummary},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Reads, Result,
    paging::{name_cursor, push_name_page, push_words},
    sight::Hidden,
};

/// The people of the Group `g`, each as often as somebody says so: by login, which is what both sides know.
const MEMBERS: &str = "
    select lower(coalesce(u.descriptor #>> '{metadata,annotations,github.com/user-login}',
                          split_part(m.reference, '/', 2))) as login,
           coalesce(u.title, u.descriptor #>> '{spec,profile,displayName}', split_part(m.reference, '/', 2)) as name,
           u.namespace as user_namespace, u.name as user_name, null::text as github_team
    from (
        select r.target_ref as reference from relations r where r.source_id = g.id and r.kind = 'hasMember'
      union
        select 'user:' || lower(x.namespace) || '/' || lower(x.name)
        from relations r join entities x on x.id = r.source_id and x.removed_at is null
        where r.kind = 'memberOf' and r.target_ref = 'group:' || lower(g.namespace) || '/' || lower(g.name)
    ) m
    left join entities u on lower(u.kind) = 'user' and u.removed_at is null
        and lower(u.namespace) = split_part(split_part(m.reference, ':', 2), '/', 1)
        and lower(u.name) = split_part(m.reference, '/', 2)
  union all
    select lower(p.login), coalesce(p.display_name, p.login), null, null, o.organisation || '/' || o.slug
    from github_teams o
    join github_team_members l on l.team_id = o.github_id
    join people p on p.id = l.person_id and p.login is not null
    where o.removed_at is null
      and lower(o.organisation || '/' || o.slug) = lower(g.descriptor #>> '{metadata,annotations,github.com/team-slug}')";

/// The Group of the team `t`.
const GROUP: &str = "entities g on lower(g.kind) = 'group' and g.removed_at is null
        and lower(g.namespace) = case when position('~' in t.slug) > 0 then split_part(t.slug, '~', 1) else 'default' end
        and lower(g.name) = case when position('~' in t.slug) > 0 then split_part(t.slug, '~', 2) else t.slug end";

/// What words are looked for in.
const SEARCHED: &str = "(t.title || ' ' || t.slug || ' ' || coalesce(t.description, ''))";

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    slug: String,
    title: String,
    description: Option<String>,
    declared: bool,
    services: i64,
    members: i64,
    sort_key: String,
}

impl SummaryRow {
    fn into_summary(self) -> (String, TeamSummary) {
        let whole = |count: i64| u64::try_from(count).unwrap_or_default();
        let summary = TeamSummary {
            team: TeamRef {
                id: self.id.into(),
                slug: self.slug,
                title: self.title,
            },
            description: self.description,
            declared: self.declared,
            services: whole(self.services),
            members: whole(self.members),
        };
        (self.sort_key, summary)
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    login: String,
    name: String,
    user_namespace: Option<String>,
    user_name: Option<String>,
    github_team: Option<String>,
}

impl Reads {
    /// A page of the teams, by title.
    pub async fn teams(
        &self,
        filter: &TeamFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<TeamSummary>> {
        let mut query = self.summaries();
        query.push(" where true");
        push_words(&mut query, SEARCHED, filter.text.as_deref());
        push_name_page(&mut query, ("lower(t.title)", "t.id"), position, size)?;
        let rows: Vec<SummaryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(SummaryRow::into_summary).collect();
        let page = Page::of(rows, size, position, |(key, row): &(String, TeamSummary)| {
            name_cursor(key, row.team.id)
        });
        Ok(page.map(|(_, row)| row))
    }

    /// How many teams fit a filter.
    pub async fn team_count(&self, filter: &TeamFilter) -> Result<u64> {
        let mut query = QueryBuilder::<Postgres>::new("select count(*) from teams t where true");
        push_words(&mut query, SEARCHED, filter.text.as_deref());
        let count: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// One team of the list, by its slug in any case: stored ones are in lower case.
    pub async fn team_summary(&self, slug: &str) -> Result<Option<TeamSummary>> {
        let mut query = self.summaries();
        query
            .push(" where t.slug = ")
            .push_bind(slug.replace('\0', "").to_ascii_lowercase());
        let row: Option<SummaryRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.into_summary().1))
    }

    /// The people of a team, by name; who is named twice stands there once.
    pub async fn team_members(&self, slug: &str) -> Result<Vec<TeamMember>> {
        let mut query = QueryBuilder::<Postgres>::new("select m.* from teams t join ");
        query
            .push(GROUP)
            .push(" cross join lateral (")
            .push(MEMBERS)
            .push(") m where t.slug = ")
            .push_bind(slug.replace('\0', ""))
            .push(" order by m.login, m.github_team nulls first");
        let rows: Vec<MemberRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let mut members: Vec<TeamMember> = merged(rows).into_values().collect();
        members.sort_by_key(|member| member.name.to_lowercase());
        Ok(members)
    }
}

impl Reads {
    /// The teams that somebody belongs to, by title: those they hold a role of, and those that the catalog or GitHub says they
    /// are in, by the same rules as [`Reads::team_members`]. What they may see does not follow from it.
    pub async fn teams_of(&self, person: PersonId) -> Result<Vec<TeamRef>> {
        let rows = sqlx::query!(
            r#"with me as (
                   select lower(login) as login from people where id = $1 and login is not null
               ), users as (
                   select 'user:' || lower(u.namespace) || '/' || lower(u.name) as reference, u.id
                   from me join entities u on lower(u.kind) = 'user' and u.removed_at is null
                        and lower(coalesce(u.descriptor #>> '{metadata,annotations,github.com/user-login}', u.name)) = me.login
                 union all
                   select 'user:default/' || me.login, null from me
                   where not exists (select from entities u where lower(u.kind) = 'user' and lower(u.namespace) = 'default'
                                       and lower(u.name) = me.login and u.removed_at is null)
               ), named as (
                   select split_part(r.target_ref, ':', 2) as full_name
                   from users join relations r on r.source_id = users.id and r.kind = 'memberOf'
                   join entities g on lower(g.kind) = 'group' and g.removed_at is null
                        and r.target_ref = 'group:' || lower(g.namespace) || '/' || lower(g.name)
                 union
                   select lower(g.namespace) || '/' || lower(g.name)
                   from users join relations r on r.target_ref = users.reference and r.kind = 'hasMember'
                   join entities g on g.id = r.source_id and g.removed_at is null
                 union
                   select lower(g.namespace) || '/' || lower(g.name)
                   from github_team_members l join github_teams o on o.github_id = l.team_id and o.removed_at is null
                   join entities g on g.kind = 'Group' and g.removed_at is null
                        and lower(g.descriptor #>> '{metadata,annotations,github.com/team-slug}') = lower(o.organisation || '/' || o.slug)
                   where l.person_id = $1
               )
               select t.id, t.slug, t.title from teams t
               where t.id in (select team_id from grants where person_id = $1)
                  or t.slug in (select case when split_part(full_name, '/', 1) = 'default' then split_part(full_name, '/', 2)
                                            else replace(full_name, '/', '~') end from named)
               order by lower(t.title), t.id"#,
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        let teams = rows.into_iter().map(|row| TeamRef {
            id: row.id.into(),
            slug: row.slug,
            title: row.title,
        });
        Ok(teams.collect())
    }
}

impl Reads {
    fn summaries(&self) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new(
            "select t.id, t.slug, t.title, t.description, t.declared,
                (select count(*) from services s where s.team_id = t.id and s.removed_at is null",
        );
        self.push_seen(&mut query, "s.id", Hidden::Services);
        query
            .push(
                ") as services, coalesce(people.members, 0) as members, lower(t.title) as sort_key
                from teams t left join ",
            )
            .push(GROUP)
            .push(" left join lateral (select count(distinct m.login) as members from (")
            .push(MEMBERS)
            .push(") m) people on g.id is not null");
        query
    }
}

/// The ids of teams as the database takes them.
pub(crate) fn uuids(teams: &[TeamId]) -> Vec<Uuid> {
    teams.iter().map(|team| team.0).collect()
}

/// What is said of each login, the catalog first.
fn merged(rows: Vec<MemberRow>) -> BTreeMap<String, TeamMember> {
    let mut members = BTreeMap::new();
    for row in rows {
        let in_catalog = row.github_team.is_none();
        let member = members.entry(row.login.clone()).or_insert_with(|| TeamMember {
            name: row.name,
            entity: None,
            login: None,
            in_catalog,
            github_team: None,
        });
        if let (Some(namespace), Some(name)) = (row.user_namespace, row.user_name) {
            member.entity = Some((namespace, name));
        }
        if row.github_team.is_some() {
            member.login = Some(row.login);
            member.github_team = row.github_team;
        }
    }
    members
}
