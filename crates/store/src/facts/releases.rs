//! GitHub releases, as the newest event describes them. A deleted one stays as a mark, so that no older event revives it.

use chrono::{DateTime, Utc};
use domain::{facts::ReleaseFact, ids::RepositoryId};

use crate::{Result, Tx};

impl Tx {
    /// Stores a release as an event of `at` describes it.
    pub async fn put_release(
        &mut self,
        repository: RepositoryId,
        release: &ReleaseFact,
        at: DateTime<Utc>,
    ) -> Result<()> {
        // Equal times are ordered by how far the release came, then by its words.
        sqlx::query!(
            "insert into github_releases as r (github_id, repository_id, tag, name, target, draft, prerelease, published_at,
                 url, facts_as_of, deleted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, case when $11 then $10::timestamptz end)
             on conflict (github_id) do update set tag = excluded.tag, name = excluded.name, target = excluded.target,
                 draft = excluded.draft, prerelease = excluded.prerelease, published_at = excluded.published_at,
                 url = excluded.url, facts_as_of = excluded.facts_as_of
             where (r.facts_as_of, not r.draft, not r.prerelease, r.tag, r.target, coalesce(r.name, ''))
                 < (excluded.facts_as_of, not excluded.draft, not excluded.prerelease, excluded.tag, excluded.target,
                    coalesce(excluded.name, ''))",
            release.github_id,
            repository.0,
            release.tag,
            release.name,
            release.target,
            release.draft,
            release.prerelease,
            release.published_at,
            release.url,
            at,
            release.deleted
        )
        .execute(&mut *self.inner)
        .await?;
        if release.deleted {
            sqlx::query!(
                "update github_releases set deleted_at = least(deleted_at, $2) where github_id = $1",
                release.github_id,
                at
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }
}
