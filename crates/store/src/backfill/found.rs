//! What GitHub lists: noting it, and the page of repositories.

use chrono::{DateTime, Utc};
use domain::{
    backfill::{
        FoundRepository, ListedRepository, RepositoryFilter, RepositoryScan, RepositoryStanding, Visibility,
    },
    deploys::read::ServiceRef,
    ids::{RepositoryId, ServiceId},
    page::{Page, Position},
};
use serde::Deserialize;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx, sight::Hidden};

impl Tx {
    /// Notes that a look at GitHub's list begins.
    pub async fn begin_repository_scan(&mut self, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "insert into repository_scans (started_at) values ($1)
             on conflict (single) do update set started_at = $1, finished_at = null, problem = null",
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes how a look ended: with so many repositories, or with a problem.
    pub async fn end_repository_scan(
        &mut self,
        at: DateTime<Utc>,
        outcome: std::result::Result<u64, &str>,
    ) -> Result<()> {
        let found = outcome.ok().map(|found| i64::try_from(found).unwrap_or(i64::MAX));
        sqlx::query!(
            "update repository_scans set finished_at = case when $2::bigint is null then null else $1::timestamptz end,
                 found = coalesce($2, found), problem = $3",
            at,
            found,
            outcome.err()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that GitHub lists a stored repository.
    pub async fn put_listing(&mut self, listed: &ListedRepository, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "insert into repository_listings (repository_id, visibility, fork, listed_at)
             select id, $2, $3, $4 from repositories where github_id = $1
             on conflict (repository_id) do update
             set visibility = $2, fork = $3, listed_at = greatest(repository_listings.listed_at, $4), gone_at = null",
            listed.fact.github_id,
            listed.visibility.as_str(),
            listed.fork,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Marks what a whole look since `scan` did not find as gone; gives how many there are. Their history stays.
    pub async fn mark_unlisted(&mut self, scan: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query!(
            "update repository_listings set gone_at = $1 where listed_at < $1 and gone_at is null",
            scan
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }

    /// Says whether a listed repository is ignored; gives its name and whether it was before, or `None` where it is not
    /// listed.
    pub async fn ignore_repository(
        &mut self,
        repository: RepositoryId,
        since: Option<DateTime<Utc>>,
    ) -> Result<Option<(String, bool)>> {
        let before = sqlx::query!(
            r#"select r.owner || '/' || r.name as "name!", l.ignored_at is not null as "ignored!"
               from repository_listings l join repositories r on r.id = l.repository_id
               where l.repository_id = $1 for update of l"#,
            repository.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update repository_listings set ignored_at = $2 where repository_id = $1",
            repository.0,
            since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(before.map(|row| (row.name, row.ignored)))
    }
}

/// A listed repository with its standing; what a person or GitHub said of it comes before what is in it.
const FOUND: &str = "select * from (
    select r.id, r.owner || '/' || r.name as full_name, lower(r.owner || '/' || r.name) as sort, r.default_branch,
           r.archived_at is not null as archived, l.visibility, l.fork, l.listed_at,
           coalesce(l.gone_at, r.deleted_at) as gone_at, s.services,
           case when coalesce(l.gone_at, r.deleted_at) is not null then 'gone' when l.ignored_at is not null then 'ignored'
                when s.services is not null then 'service' else 'open' end as standing
    from repository_listings l join repositories r on r.id = l.repository_id
    left join lateral (
        select jsonb_agg(jsonb_build_object('id', s.id, 'slug', s.slug, 'title', s.title) order by s.slug) as services
        from services s where s.repository_id = r.id and s.removed_at is null) s on true) found
    where true";

#[derive(Debug, Deserialize)]
struct ServiceJson {
    id: Uuid,
    slug: String,
    title: String,
}

#[derive(FromRow)]
struct FoundRow {
    id: Uuid,
    full_name: String,
    sort: String,
    default_branch: String,
    archived: bool,
    visibility: String,
    fork: bool,
    listed_at: DateTime<Utc>,
    gone_at: Option<DateTime<Utc>>,
    services: Option<Json<Vec<ServiceJson>>>,
    standing: String,
}

impl FoundRow {
    fn into_found(self) -> Result<(String, FoundRepository)> {
        let corrupt = |column| StoreError::corrupt("repository_listings", column, self.id);
        let services = self.services.map_or_else(Vec::new, |services| services.0);
        let found = FoundRepository {
            id: self.id.into(),
            visibility: Visibility::parse(&self.visibility).ok_or_else(|| corrupt("visibility"))?,
            standing: RepositoryStanding::parse(&self.standing).ok_or_else(|| corrupt("standing"))?,
            full_name: self.full_name,
            default_branch: self.default_branch,
            archived: self.archived,
            fork: self.fork,
            listed_at: self.listed_at,
            gone_at: self.gone_at,
            services: services
                .into_iter()
                .map(|service| ServiceRef {
                    id: ServiceId(service.id),
                    slug: service.slug,
                    title: service.title,
                })
                .collect(),
            history: Vec::new(),
        };
        Ok((self.sort, found))
    }
}

impl Reads {
    /// A page of what GitHub lists, by name, with how far the reading of each one's history is.
    pub async fn found_repositories(
        &self,
        filter: &RepositoryFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<FoundRepository>> {
        let mut query = QueryBuilder::<Postgres>::new(FOUND);
        self.push_seen(&mut query, "id", Hidden::Repositories);
        push_text(&mut query, filter);
        if let Some(standing) = filter.standing {
            query.push(" and standing = ").push_bind(standing.as_str());
        }
        let backwards = matches!(position, Position::Before(_));
        if let Position::After(cursor) | Position::Before(cursor) = position {
            query.push(if backwards { " and sort < " } else { " and sort > " });
            query.push_bind(cursor.replace('\0', ""));
        }
        query.push(if backwards {
            " order by sort desc limit "
        } else {
            " order by sort limit "
        });
        query.push_bind(i64::from(size) + 1);
        let rows: Vec<FoundRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(FoundRow::into_found)
            .collect::<Result<Vec<_>>>()?;
        let mut page = Page::of(rows, size, position, |(sort, _)| sort.clone()).map(|(_, found)| found);
        let ids: Vec<Uuid> = page.rows.iter().map(|found| found.id.0).collect();
        let mut history = self.history_of(&ids).await?;
        for found in &mut page.rows {
            found.history = history.remove(&found.id).unwrap_or_default();
        }
        Ok(page)
    }

    /// How many repositories are in each standing, of those that the filter's text leaves.
    pub async fn repository_standings(
        &self,
        filter: &RepositoryFilter,
    ) -> Result<Vec<(RepositoryStanding, u64)>> {
        let mut query = QueryBuilder::<Postgres>::new("select standing, count(*) from (");
        query.push(FOUND);
        self.push_seen(&mut query, "id", Hidden::Repositories);
        push_text(&mut query, filter);
        query.push(") counted group by standing");
        let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter()
            .map(|(standing, count)| {
                let known = RepositoryStanding::parse(&standing);
                let known =
                    known.ok_or_else(|| StoreError::corrupt("repository_listings", "standing", &standing))?;
                Ok((known, u64::try_from(count).unwrap_or_default()))
            })
            .collect()
    }

    /// The services in a repository, by their names.
    pub async fn service_refs_of_repository(&self, repository: RepositoryId) -> Result<Vec<ServiceRef>> {
        let rows = sqlx::query!(
            "select id, slug, title from services where repository_id = $1 and removed_at is null order by slug",
            repository.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ServiceRef {
                id: ServiceId(row.id),
                slug: row.slug,
                title: row.title,
            })
            .collect())
    }

    /// Names of teams, for choosing an owner; at most 500.
    pub async fn team_slugs(&self) -> Result<Vec<String>> {
        Ok(
            sqlx::query_scalar!("select slug from teams order by slug limit 500")
                .fetch_all(&self.pool)
                .await?,
        )
    }

    /// The last look at GitHub's list; `None` before the first.
    pub async fn repository_scan(&self) -> Result<Option<RepositoryScan>> {
        let row = sqlx::query!("select started_at, finished_at, found, problem from repository_scans")
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| RepositoryScan {
            started_at: row.started_at,
            finished_at: row.finished_at,
            found: u64::try_from(row.found).unwrap_or_default(),
            problem: row.problem,
        }))
    }
}

fn push_text(query: &mut QueryBuilder<Postgres>, filter: &RepositoryFilter) {
    if let Some(text) = &filter.text {
        query
            .push(" and position(lower(")
            .push_bind(text.replace('\0', ""))
            .push(") in sort) > 0");
    }
}
