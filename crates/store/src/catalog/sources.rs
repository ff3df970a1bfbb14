//! Catalog files: the last good version of each and what is wrong with the newest.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{CatalogSource, Problem, SourceKind},
    ids::{CatalogSourceId, RepositoryId, ServiceId},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// Serialises writers of the catalog: two files that describe one entity are taken over one after the other.
const CATALOG_LOCK: i64 = 0x6661_6972_6361_7461;

/// A version of a file that is taken over.
#[derive(Clone, Copy, Debug)]
pub struct GoodVersion<'a> {
    /// Commit that it was read at, for files of a repository.
    pub commit: Option<&'a str>,
    /// SHA-256 of its bytes.
    pub sha256: &'a [u8],
    /// Its text.
    pub text: &'a str,
}

struct SourceRow {
    id: Uuid,
    kind: String,
    location: String,
    repository_id: Option<Uuid>,
    repository_name: Option<String>,
    good_commit: Option<String>,
    good_at: Option<DateTime<Utc>>,
    good_text: Option<String>,
    checked_at: DateTime<Utc>,
    problems: Value,
}

impl SourceRow {
    fn into_source(self) -> Result<CatalogSource> {
        let corrupt = |column| StoreError::corrupt("catalog_sources", column, self.id);
        Ok(CatalogSource {
            id: self.id.into(),
            kind: SourceKind::parse(&self.kind).ok_or_else(|| corrupt("kind"))?,
            problems: serde_json::from_value(self.problems).map_err(|_| corrupt("problems"))?,
            location: shown_location(self.location, self.repository_name),
            repository: self.repository_id.map(Into::into),
            good_commit: self.good_commit,
            good_at: self.good_at,
            good_text: self.good_text,
            checked_at: self.checked_at,
        })
    }
}

/// The location of a repository's file as it is stored: by id, because names change.
pub(super) fn shown_location(location: String, repository: Option<String>) -> String {
    match (location.split_once(':'), repository) {
        (Some((_, path)), Some(name)) => format!("{name}:{path}"),
        _ => location,
    }
}

impl Reads {
    /// The file that describes a service, with its problems.
    pub async fn catalog_source_of(&self, service: ServiceId) -> Result<Option<CatalogSource>> {
        sqlx::query_as!(
            SourceRow,
            r#"select c.id, c.kind, c.location, c.repository_id, r.owner || '/' || r.name as repository_name, c.good_commit,
                      c.good_at, c.good_text, c.checked_at, c.problems
               from entities e join catalog_sources c on c.id = e.source_id
               left join repositories r on r.id = c.repository_id
               where e.id = $1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?
        .map(SourceRow::into_source)
        .transpose()
    }

    /// Every source whose newest version has problems, newest first: at most 200.
    pub async fn catalog_sources_with_problems(&self) -> Result<Vec<CatalogSource>> {
        sqlx::query_as!(
            SourceRow,
            r#"select c.id, c.kind, c.location, c.repository_id, r.owner || '/' || r.name as repository_name, c.good_commit,
                      c.good_at, c.good_text, c.checked_at, c.problems
               from catalog_sources c left join repositories r on r.id = c.repository_id
               where c.problems <> '[]' order by c.checked_at desc limit 200"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(SourceRow::into_source)
        .collect()
    }
}

impl Tx {
    /// Waits until no other unit of work writes to the catalog.
    pub async fn lock_catalog(&mut self) -> Result<()> {
        sqlx::query!("select pg_advisory_xact_lock($1)", CATALOG_LOCK)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Makes sure that a source is known; `id` is used when it is new. The location of a repository's file is its path
    /// after the repository's id and a colon.
    pub async fn ensure_catalog_source(
        &mut self,
        id: CatalogSourceId,
        (kind, location): (SourceKind, &str),
        repository: Option<RepositoryId>,
        at: DateTime<Utc>,
    ) -> Result<CatalogSource> {
        sqlx::query_as!(
            SourceRow,
            "insert into catalog_sources (id, kind, location, repository_id, checked_at)
             values ($1, $2, $3, $4, $5)
             on conflict (kind, location) do update set repository_id = excluded.repository_id
             returning id, kind, location, repository_id, good_commit, good_at, good_text, checked_at, problems,
                 (select r.owner || '/' || r.name from repositories r where r.id = repository_id) as repository_name",
            id.0,
            kind.as_str(),
            location,
            repository.map(|id| id.0),
            at
        )
        .fetch_one(&mut *self.inner)
        .await?
        .into_source()
    }

    /// The sources of a kind whose locations begin with a text and that describe something.
    pub async fn catalog_sources_below(
        &mut self,
        kind: SourceKind,
        prefix: &str,
    ) -> Result<Vec<CatalogSource>> {
        sqlx::query_as!(
            SourceRow,
            "select id, kind, location, repository_id, null::text as repository_name, good_commit, good_at, good_text,
                    checked_at, problems
             from catalog_sources c
             where kind = $1 and starts_with(location, $2)
               and exists (select from entities e where e.source_id = c.id and e.removed_at is null)
             order by location",
            kind.as_str(),
            prefix
        )
        .fetch_all(&mut *self.inner)
        .await?
        .into_iter()
        .map(SourceRow::into_source)
        .collect()
    }

    /// Takes a version over as the good one; notices may remain.
    pub async fn note_good_version(
        &mut self,
        source: CatalogSourceId,
        version: GoodVersion<'_>,
        notices: &[Problem],
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update catalog_sources set good_commit = $2, good_sha256 = $3, good_text = $4, good_at = $5,
                    checked_at = $5, problems = $6
             where id = $1",
            source.0,
            version.commit,
            version.sha256,
            version.text,
            at,
            as_json(notices)?
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes what is wrong with the newest version; the last good one stays.
    pub async fn note_catalog_problems(
        &mut self,
        source: CatalogSourceId,
        problems: &[Problem],
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update catalog_sources set problems = $2, checked_at = $3 where id = $1",
            source.0,
            as_json(problems)?,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

fn as_json(problems: &[Problem]) -> Result<Value> {
    serde_json::to_value(problems)
        .map_err(|_| StoreError::corrupt("catalog_sources", "problems", "a new version"))
}
