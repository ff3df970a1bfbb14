//! What was granted to whom, and what grants look at in a service.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    access::{Grant, Owned, Role},
    catalog::Tier,
    environments::EnvironmentClass,
    ids::{GrantId, PersonId, ServiceId, TeamId},
    people::TeamRef,
};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// A key of PostgreSQL's advisory locks: who takes an admin's role away waits for whoever else does.
const ADMINS_LOCK: i64 = 0x0066_6169_7277_6179;

/// Who a session is of.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// What they are called.
    pub name: String,
    /// What was granted to them, the oldest first.
    pub grants: Vec<Grant>,
    /// Since when the OpenID provider knew them, in seconds since 1970; `None` where it did not begin the session.
    pub known_since: Option<i64>,
}

pub(super) struct GrantRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub role: String,
    pub team_id: Option<Uuid>,
    pub slug: Option<String>,
    pub title: Option<String>,
    pub tiers: Vec<i16>,
    pub classes: Vec<String>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self> {
        let wrong = |column| StoreError::corrupt("grants", column, row.id);
        let tiers = row.tiers.iter().map(|tier| Tier::parse(&tier.to_string()).ok());
        let classes = row.classes.iter().map(|class| EnvironmentClass::parse(class));
        Ok(Self {
            id: row.id.into(),
            role: Role::parse(&row.role).ok_or_else(|| wrong("role"))?,
            tiers: tiers.collect::<Option<_>>().ok_or_else(|| wrong("tiers"))?,
            classes: classes.collect::<Option<_>>().ok_or_else(|| wrong("classes"))?,
            team: row.team_id.map(|id| TeamRef {
                id: id.into(),
                slug: row.slug.unwrap_or_default(),
                title: row.title.unwrap_or_default(),
            }),
        })
    }
}

impl Reads {
    /// Who a session is of, where that person can sign in: with what was granted, and since when the provider that began the
    /// session knew them, in seconds. `None` for a session that is over. Read with every request, so it is one statement.
    pub async fn signed_in(&self, session: &[u8], now: DateTime<Utc>) -> Result<Option<SignedIn>> {
        let rows = sqlx::query!(
            r#"select p.id as person_id, p.display_name, (s.data ->> 'known')::bigint as known,
                   g.id as "grant?", g.role as "role?", g.team_id, t.slug as "slug?", t.title as "title?",
                   g.tiers as "tiers?", g.classes as "classes?"
               from sessions s join accounts a on a.person_id = s.person_id join people p on p.id = s.person_id
               left join grants g on g.person_id = s.person_id left join teams t on t.id = g.team_id
               where s.id_sha256 = $1 and s.idle_until > $2 and s.ends_at > $2
                 and a.disabled_at is null and a.accepted_at is not null
                 and (greatest(a.password_set_at, a.totp_since) > (s.data ->> 'since')::timestamptz) is not true
               order by g.granted_at, g.id"#,
            session,
            now
        )
        .fetch_all(&self.pool)
        .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let (person, name, known_since) = (first.person_id.into(), first.display_name.clone(), first.known);
        let grants = rows.into_iter().filter_map(|row| {
            Some(Grant::try_from(GrantRow {
                id: row.grant?,
                person_id: row.person_id,
                role: row.role?,
                team_id: row.team_id,
                slug: row.slug,
                title: row.title,
                tiers: row.tiers?,
                classes: row.classes?,
            }))
        });
        Ok(Some(SignedIn {
            person,
            name,
            grants: grants.collect::<Result<_>>()?,
            known_since,
        }))
    }

    /// The name of a person who can sign in, and what was granted; `None` for anybody else.
    pub async fn viewer_of(&self, person: PersonId) -> Result<Option<(String, Vec<Grant>)>> {
        let name = sqlx::query_scalar!(
            "select p.display_name from accounts a join people p on p.id = a.person_id
             where a.person_id = $1 and a.disabled_at is null and a.accepted_at is not null",
            person.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(name) = name else { return Ok(None) };
        Ok(Some((name, self.grants_of(person).await?)))
    }

    /// What was granted to a person, the most first.
    pub async fn grants_of(&self, person: PersonId) -> Result<Vec<Grant>> {
        let rows = sqlx::query_as!(
            GrantRow,
            r#"select g.id, g.person_id, g.role, g.team_id, t.slug as "slug?", t.title as "title?", g.tiers, g.classes
               from grants g left join teams t on t.id = g.team_id where g.person_id = $1 order by g.granted_at, g.id"#,
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    pub(super) async fn all_grants(&self) -> Result<HashMap<Uuid, Vec<Grant>>> {
        let rows = sqlx::query_as!(
            GrantRow,
            r#"select g.id, g.person_id, g.role, g.team_id, t.slug as "slug?", t.title as "title?", g.tiers, g.classes
               from grants g left join teams t on t.id = g.team_id order by g.granted_at, g.id"#
        )
        .fetch_all(&self.pool)
        .await?;
        let mut all: HashMap<Uuid, Vec<Grant>> = HashMap::new();
        for row in rows {
            all.entry(row.person_id).or_default().push(row.try_into()?);
        }
        Ok(all)
    }

    /// How many people can sign in and give roles.
    pub async fn admin_count(&self) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(distinct a.person_id) as "count!" from accounts a join grants g on g.person_id = a.person_id
               where a.accepted_at is not null and a.disabled_at is null and g.role = 'admin' and g.team_id is null
                 and g.tiers = '{}' and g.classes = '{}'"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// What grants look at in a service, without any environment; nothing known of one that does not exist.
    pub async fn owned_service(&self, service: ServiceId) -> Result<Owned> {
        let row = sqlx::query!("select team_id, tier from services where id = $1", service.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map_or_else(Owned::default, |row| owned(row.team_id, row.tier)))
    }
}

fn owned(team: Option<Uuid>, tier: Option<i16>) -> Owned {
    Owned {
        team: team.map(Into::into),
        tier: tier.and_then(|tier| Tier::parse(&tier.to_string()).ok()),
        ..Owned::default()
    }
}

impl Tx {
    /// Gives a role; `false` where the person has just that. One that a rule gave is the person's own from now on.
    pub async fn insert_grant(
        &mut self,
        person: PersonId,
        grant: &Grant,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let tiers: Vec<i16> = grant.tiers.iter().map(|tier| tier.number().into()).collect();
        let classes: Vec<String> = grant
            .classes
            .iter()
            .map(|class| class.as_str().to_owned())
            .collect();
        let made = sqlx::query!(
            "insert into grants (id, person_id, role, team_id, tiers, classes, granted_at, granted_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (person_id, role, team_id, tiers, classes)
                 do update set by_rule = false, granted_at = excluded.granted_at, granted_by = excluded.granted_by where grants.by_rule",
            grant.id.0,
            person.0,
            grant.role.as_str(),
            grant.team.as_ref().map(|team| team.id.0),
            &tiers,
            &classes,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(made.rows_affected() == 1)
    }

    /// Takes a role away; gives whether the person had it.
    pub async fn delete_grant(&mut self, person: PersonId, grant: GrantId) -> Result<bool> {
        let gone = sqlx::query!(
            "delete from grants where id = $1 and person_id = $2",
            grant.0,
            person.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// Lets nobody else change who is an admin until this unit of work ends.
    pub async fn lock_admins(&mut self) -> Result<()> {
        sqlx::query!("select pg_advisory_xact_lock($1)", ADMINS_LOCK)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// How many people can sign in and give roles, as this unit of work leaves it.
    pub async fn admins_left(&mut self) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(distinct a.person_id) as "count!" from accounts a join grants g on g.person_id = a.person_id
               where a.accepted_at is not null and a.disabled_at is null and g.role = 'admin' and g.team_id is null
                 and g.tiers = '{}' and g.classes = '{}'"#
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(count)
    }

    /// A team by its slug.
    pub async fn team_of_slug(&mut self, slug: &str) -> Result<Option<TeamRef>> {
        let row = sqlx::query!("select id, slug, title from teams where slug = $1", slug)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.map(|row| TeamRef {
            id: TeamId(row.id),
            slug: row.slug,
            title: row.title,
        }))
    }

    /// What grants look at in a service, without any environment; nothing known of one that does not exist.
    pub async fn owned_service(&mut self, service: ServiceId) -> Result<Owned> {
        let row = sqlx::query!("select team_id, tier from services where id = $1", service.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.map_or_else(Owned::default, |row| owned(row.team_id, row.tier)))
    }

    /// Name and class of the environment that a deploy went to.
    pub async fn environment_of_deploy(
        &mut self,
        deploy: domain::ids::DeployId,
    ) -> Result<Option<(String, Option<EnvironmentClass>)>> {
        let row = sqlx::query!(
            "select e.name, e.class from deploys d join environments e on e.id = d.environment_id where d.id = $1",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| (row.name, EnvironmentClass::parse(&row.class))))
    }
}
