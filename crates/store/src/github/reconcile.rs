//! What the nightly comparison of the catalog with repositories reads and notes.

use chrono::{DateTime, Utc};
use domain::ids::{CatalogSourceId, RepositoryId};

use crate::{Reads, RepositoryPlace, Result, Tx};

/// A repository to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepositoryToReconcile {
    /// Which.
    pub repository: RepositoryId,
}

/// A catalog file of a repository as it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToCompare {
    /// Its path in the repository.
    pub path: String,
    /// Git's id of the version looked at; `None` when nobody noted it.
    pub seen_blob: Option<String>,
    /// Whether the catalog has anything from it.
    pub describes: bool,
}

impl Reads {
    /// A repository with commits, the one that something was last heard of: rights are tried on it.
    pub async fn repository_to_probe(&self) -> Result<Option<RepositoryPlace>> {
        Ok(sqlx::query_as!(
            RepositoryPlace,
            "select owner, name, default_branch from repositories r
             where deleted_at is null and archived_at is null and github_id is not null
               and (select true from commits c where c.repository_id = r.id limit 1)
             order by facts_as_of desc, id limit 1"
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The repositories that GitHub has and that are not archived.
    pub async fn repositories_to_reconcile(&self) -> Result<Vec<RepositoryToReconcile>> {
        let ids = sqlx::query_scalar!(
            "select id from repositories
             where github_id is not null and deleted_at is null and archived_at is null order by id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids
            .into_iter()
            .map(|id| RepositoryToReconcile {
                repository: id.into(),
            })
            .collect())
    }

    /// The catalog files of a repository that were looked at.
    pub async fn catalog_files_of(&self, repository: RepositoryId) -> Result<Vec<FileToCompare>> {
        Ok(sqlx::query_as!(
            FileToCompare,
            r#"select substr(c.location, strpos(c.location, ':') + 1) as "path!", c.seen_blob,
                      exists (select from entities e where e.source_id = c.id and e.removed_at is null) as "describes!"
               from catalog_sources c where c.repository_id = $1 and c.kind = 'repository' order by c.location"#,
            repository.0
        )
        .fetch_all(&self.pool)
        .await?)
    }
}

impl Tx {
    /// Notes which version of a repository's file was looked at, good or broken; `None` when the commit has no such file,
    /// which is its tombstone.
    pub async fn note_seen_version(
        &mut self,
        source: CatalogSourceId,
        blob: Option<&str>,
        (commit, at): (&str, DateTime<Utc>),
    ) -> Result<()> {
        sqlx::query!(
            "update catalog_sources set seen_blob = $2,
                 removed_at = case when $2::text is null then coalesce(removed_at, $3) end,
                 removed_commit = case when $2::text is null then coalesce(removed_commit, $4) end
             where id = $1",
            source.0,
            blob,
            at,
            commit
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
