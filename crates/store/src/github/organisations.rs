//! Organisations on GitHub with their teams and people.

use chrono::{DateTime, Utc};
use domain::{ids::PersonId, integrations::GithubOrganisation};

use crate::{Reads, Result, Tx};

/// A team as GitHub lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubTeamRow {
    /// GitHub's number.
    pub github_id: i64,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The team that it is part of.
    pub parent: Option<i64>,
    /// Its people.
    pub members: Vec<PersonId>,
}

impl Tx {
    /// Takes over an organisation's teams with their people; teams that are not named are gone since `at`.
    pub async fn put_github_teams(
        &mut self,
        organisation: &str,
        teams: &[GithubTeamRow],
        at: DateTime<Utc>,
    ) -> Result<()> {
        for team in teams {
            sqlx::query!(
                "insert into github_teams (github_id, organisation, slug, name, parent_id, fetched_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (github_id) do update set organisation = excluded.organisation, slug = excluded.slug,
                     name = excluded.name, parent_id = excluded.parent_id, fetched_at = excluded.fetched_at,
                     removed_at = null",
                team.github_id,
                organisation,
                team.slug,
                team.name,
                team.parent,
                at
            )
            .execute(&mut *self.inner)
            .await?;
            let members: Vec<uuid::Uuid> = team.members.iter().map(|member| member.0).collect();
            sqlx::query!(
                "with gone as (delete from github_team_members where team_id = $1 and person_id <> all($2))
                 insert into github_team_members (team_id, person_id)
                 select distinct $1::bigint, person from unnest($2::uuid[]) as person
                 on conflict do nothing",
                team.github_id,
                &members
            )
            .execute(&mut *self.inner)
            .await?;
        }
        let known: Vec<i64> = teams.iter().map(|team| team.github_id).collect();
        sqlx::query!(
            "update github_teams set removed_at = $3
             where lower(organisation) = lower($1) and removed_at is null and github_id <> all($2)",
            organisation,
            &known,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes over the people of an organisation.
    pub async fn put_github_members(&mut self, organisation: &str, members: &[PersonId]) -> Result<()> {
        let members: Vec<uuid::Uuid> = members.iter().map(|member| member.0).collect();
        sqlx::query!(
            "with gone as (delete from github_members where organisation = lower($1) and person_id <> all($2))
             insert into github_members (organisation, person_id)
             select distinct lower($1), person from unnest($2::uuid[]) as person
             on conflict do nothing",
            organisation,
            &members
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that an organisation was read, or why not: then the last reading stays.
    pub async fn note_github_organisation(
        &mut self,
        organisation: &str,
        problem: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into github_organisations (login, fetched_at, problem) values (lower($1), $2, $3)
             on conflict (login) do update set problem = excluded.problem,
                 fetched_at = case when excluded.problem is null then excluded.fetched_at
                                   else github_organisations.fetched_at end",
            organisation,
            at,
            problem
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Reads {
    /// The accounts that own repositories, in lower case.
    pub async fn repository_owners(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            r#"select distinct lower(owner) as "owner!" from repositories
               where deleted_at is null and github_id is not null order by 1"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Organisations that were read.
    pub async fn github_organisations(&self) -> Result<Vec<GithubOrganisation>> {
        Ok(sqlx::query_as!(
            GithubOrganisation,
            r#"select o.login, o.fetched_at, o.problem,
                   (select count(*) from github_members m where m.organisation = o.login) as "members!",
                   (select count(*) from github_teams t
                    where lower(t.organisation) = o.login and t.removed_at is null) as "teams!",
                   (select count(*) from github_teams t
                    where lower(t.organisation) = o.login and t.removed_at is null and exists
                        (select from entities e where e.kind = 'Group' and e.removed_at is null
                           and lower(e.descriptor #>> '{metadata,annotations,github.com/team-slug}')
                               = o.login || '/' || lower(t.slug))) as "mapped!"
               from github_organisations o order by o.login"#
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
