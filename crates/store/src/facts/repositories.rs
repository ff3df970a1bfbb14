//! Repositories as events name them. GitHub's numeric id is the identity; names move between repositories.
//!
//! Every name ever seen has a row with the repository that claimed it last. A repository shows its newest name while it
//! holds it; one whose name went to another before its own new name is known shows `name~id`, which GitHub allows to none.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    facts::{RepositoryChange, RepositoryFact},
    ids::{RepositoryId, ServiceId},
};
use uuid::Uuid;

use crate::{Reads, Result, Tx};

/// What one event says about the repository that it is about.
#[derive(Clone, Copy, Debug)]
pub struct RepositorySighting<'a> {
    /// The repository as the event names it.
    pub fact: &'a RepositoryFact,
    /// What happened to the repository itself, where the event is about that.
    pub change: Option<&'a RepositoryChange>,
    /// When it was so.
    pub at: DateTime<Utc>,
}

/// A repository after an event was noted; its row is locked until the unit of work ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedRepository {
    /// Fairway's id.
    pub id: RepositoryId,
    /// Name of its default branch.
    pub default_branch: String,
    /// Services came to it that were registered under a name that was not known to be its.
    pub gained_services: bool,
}

/// Where GitHub's API finds a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPlace {
    /// Owner's login.
    pub owner: String,
    /// Name without the owner.
    pub name: String,
    /// Name of the default branch.
    pub default_branch: String,
}

#[derive(Clone, Debug)]
struct RepositoryRow {
    id: Uuid,
    owner: String,
    name: String,
    default_branch: String,
    private: bool,
    archived_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    facts_as_of: DateTime<Utc>,
    holder: Option<Uuid>,
}

impl Tx {
    /// Notes what an event says about its repository and locks the repository's row. `fresh` is its id when it is new.
    pub async fn observe_repository(
        &mut self,
        fresh: RepositoryId,
        sighting: RepositorySighting<'_>,
    ) -> Result<ObservedRepository> {
        let known = self.repository_row(sighting.fact).await?;
        let mut gained_services = false;
        let row = match known {
            Some(row) if row.holder == Some(row.id) && sighting.former_name().is_none() => row,
            known => {
                let row = match known {
                    Some(row) => row,
                    None => self.insert_repository(fresh, sighting).await?,
                };
                gained_services = self.claim_names(&row, sighting).await?;
                let holder = self.holder_of(sighting.fact).await?;
                RepositoryRow { holder, ..row }
            }
        };
        let id = row.id.into();
        let default_branch = self.write_repository(row, sighting).await?;
        Ok(ObservedRepository {
            id,
            default_branch,
            gained_services,
        })
    }

    async fn repository_row(&mut self, fact: &RepositoryFact) -> Result<Option<RepositoryRow>> {
        Ok(sqlx::query_as!(
            RepositoryRow,
            r#"select r.id, r.owner, r.name, r.default_branch, r.private, r.archived_at, r.deleted_at, r.facts_as_of,
                    n.repository_id as "holder?"
             from repositories r left join repository_names n on n.full_name = lower($2)
             where r.github_id = $1
             for no key update of r"#,
            fact.github_id,
            fact.full_name()
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    async fn holder_of(&mut self, fact: &RepositoryFact) -> Result<Option<Uuid>> {
        Ok(sqlx::query_scalar!(
            "select repository_id from repository_names where full_name = lower($1)",
            fact.full_name()
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// A row for a numeric id that is new: the stub that a catalog file made under this name, or one under a name that
    /// nobody else can have until the claim is settled.
    async fn insert_repository(
        &mut self,
        fresh: RepositoryId,
        sighting: RepositorySighting<'_>,
    ) -> Result<RepositoryRow> {
        let fact = sighting.fact;
        sqlx::query!(
            "with stub as (
                 update repositories set github_id = $2
                 where github_id is null and lower(owner) = lower($3) and lower(name) = lower($4)
                 returning id
             )
             insert into repositories (id, github_id, owner, name, facts_as_of, created_at)
             select $1, $2, $3, $5, to_timestamp(0), $6 where not exists (select from stub)
             on conflict (github_id) do nothing",
            fresh.0,
            fact.github_id,
            fact.owner,
            fact.name,
            displaced(&fact.name, fact.github_id),
            sighting.at
        )
        .execute(&mut *self.inner)
        .await?;
        match self.repository_row(fact).await? {
            Some(row) => Ok(row),
            None => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    /// Notes that the repository had these names at these times. Who held one of them before is shown under another;
    /// services of a stub of that name move here. Whether there were any is returned.
    async fn claim_names(&mut self, row: &RepositoryRow, sighting: RepositorySighting<'_>) -> Result<bool> {
        let mut claims = vec![(sighting.fact.full_name(), sighting.at)];
        // It had the old name until just before.
        claims.extend(
            sighting
                .former_name()
                .map(|name| (name, sighting.at - TimeDelta::microseconds(1))),
        );
        let mut gained = false;
        for (name, at) in claims {
            let holds = sqlx::query_scalar!(
                r#"with claim as (
                     insert into repository_names (full_name, repository_id, since) values (lower($1), $2, $3)
                     on conflict (full_name) do update set repository_id = excluded.repository_id, since = excluded.since
                     where repository_names.since < excluded.since
                     returning repository_id
                   )
                   select exists (select from claim) as "holds!""#,
                name,
                row.id,
                at
            )
            .fetch_one(&mut *self.inner)
            .await?;
            if holds {
                gained |= self.displace_others(&name, row.id).await?;
            }
        }
        Ok(gained)
    }

    async fn displace_others(&mut self, full_name: &str, holder: Uuid) -> Result<bool> {
        let stub = sqlx::query_scalar!(
            "select id from repositories
             where lower(owner || '/' || name) = lower($1) and github_id is null and id <> $2 and deleted_at is null",
            full_name,
            holder
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(stub) = stub {
            self.absorb_stub(stub, holder).await?;
        }
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        sqlx::query!(
            "update repositories set name = name || '~' || github_id
             where lower(owner) = lower($1) and lower(name) = lower($2) and deleted_at is null and id <> $3",
            owner,
            name,
            holder
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(stub.is_some())
    }

    /// Gives everything that refers to a stub to the repository that it turned out to be.
    async fn absorb_stub(&mut self, stub: Uuid, into: Uuid) -> Result<()> {
        for statement in [
            "update services set repository_id = $2 where repository_id = $1",
            "update catalog_sources set repository_id = $2 where repository_id = $1",
            "update deploys set repository_id = $2 where repository_id = $1",
            "update matching_rules set repository_id = $2 where repository_id = $1",
            "update repository_names set repository_id = $2 where repository_id = $1",
            "update policy_source set repository_id = $2 where repository_id = $1",
            "delete from repositories where id = $1 and $2 is not null",
        ] {
            sqlx::query(statement)
                .bind(stub)
                .bind(into)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }

    /// Writes the newest of the stored row and the sighting; gives the default branch that stands then.
    async fn write_repository(
        &mut self,
        row: RepositoryRow,
        sighting: RepositorySighting<'_>,
    ) -> Result<String> {
        let Some(next) = row.merged(sighting) else {
            return Ok(row.default_branch);
        };
        sqlx::query!(
            "with seen as (
                 update repository_names set since = $9
                 where full_name = lower($10) and repository_id = $1 and since < $9
             )
             update repositories set owner = $2, name = $3, default_branch = $4, private = $5, archived_at = $6,
                 deleted_at = $7, facts_as_of = $8
             where id = $1",
            next.id,
            next.owner,
            next.name,
            next.default_branch,
            next.private,
            next.archived_at,
            next.deleted_at,
            next.facts_as_of,
            sighting.at,
            sighting.fact.full_name()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(next.default_branch)
    }

    /// Where GitHub's API finds a repository. Locks its row, as every writer of its facts does.
    pub async fn lock_repository(&mut self, id: RepositoryId) -> Result<Option<RepositoryPlace>> {
        Ok(sqlx::query_as!(
            RepositoryPlace,
            "select owner, name, default_branch from repositories where id = $1 for no key update",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// The registered services of a repository, in the order in which their jobs are always enqueued.
    pub async fn services_of_repository(&mut self, id: RepositoryId) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select id from services where repository_id = $1 and removed_at is null order by id",
            id.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl Reads {
    /// Where GitHub's API finds a repository; `None` where it was deleted or never existed.
    pub async fn repository_place(&self, id: RepositoryId) -> Result<Option<RepositoryPlace>> {
        let (everything, teams) = self.seeing();
        Ok(sqlx::query_as!(
            RepositoryPlace,
            "select owner, name, default_branch from repositories where id = $1 and deleted_at is null
               and id not in (select hidden.id from hidden_repositories($2, $3) as hidden (id))",
            id.0,
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

impl RepositorySighting<'_> {
    /// The full name that it had before, where the event says so.
    fn former_name(&self) -> Option<String> {
        match self.change? {
            RepositoryChange::Renamed { from } => Some(format!("{}/{from}", self.fact.owner)),
            RepositoryChange::Transferred { from } => Some(format!("{from}/{}", self.fact.name)),
            _ => None,
        }
    }

    fn archived(&self) -> Option<bool> {
        match self.change {
            Some(RepositoryChange::Archived) => Some(true),
            Some(RepositoryChange::Unarchived) => Some(false),
            _ => self.fact.archived,
        }
    }
}

impl RepositoryRow {
    /// The row with what the sighting adds; `None` when it adds nothing. Two sightings of one moment are ordered by
    /// what they say, so that their order of arrival does not matter.
    fn merged(&self, sighting: RepositorySighting<'_>) -> Option<Self> {
        let fact = sighting.fact;
        let archived = sighting.archived().unwrap_or(self.archived_at.is_some());
        let suffix = format!("~{}", fact.github_id);
        let own_name = self.name.strip_suffix(&suffix).unwrap_or(&self.name);
        let branch = fact.default_branch.as_ref().unwrap_or(&self.default_branch);
        let private = fact.private.unwrap_or(self.private);
        let stored = (
            self.facts_as_of,
            &*self.owner,
            own_name,
            &self.default_branch,
            self.private,
            self.archived_at.is_some(),
        );
        let said = (sighting.at, &*fact.owner, &*fact.name, branch, private, archived);
        let mut next = self.clone();
        if said > stored {
            next.owner.clone_from(&fact.owner);
            next.name.clone_from(&fact.name);
            next.default_branch.clone_from(branch);
            next.private = private;
            next.archived_at = archived.then_some(sighting.at);
            next.facts_as_of = sighting.at;
        } else {
            own_name.clone_into(&mut next.name);
        }
        if sighting.change == Some(&RepositoryChange::Deleted) {
            // Sticky: the event carries no time of its own, and GitHub gives a deleted repository's id to no other.
            next.deleted_at = Some(self.deleted_at.map_or(sighting.at, |at| at.min(sighting.at)));
        }
        let names_fact = next.name == fact.name && next.owner == fact.owner;
        let displaced_by_other = if names_fact {
            self.holder != Some(self.id)
        } else {
            self.name.ends_with(&suffix)
        };
        if displaced_by_other {
            next.name = displaced(&next.name, fact.github_id);
        }
        let same = next.name == self.name
            && next.owner == self.owner
            && next.deleted_at == self.deleted_at
            && next.facts_as_of == self.facts_as_of
            && said <= stored;
        (!same).then_some(next)
    }
}

/// The name of a repository whose own name went to another one.
fn displaced(name: &str, github_id: i64) -> String {
    format!("{name}~{github_id}")
}
