-- What the reconcile compares: git's id of the newest version looked at, good or broken. And the tombstone of a file that is
-- gone: since when, and the commit that was read without it.
alter table catalog_sources
    add column seen_blob text,
    add column removed_at timestamptz,
    add column removed_commit text;
-- The reconcile of one repository.
create index catalog_sources_by_repository on catalog_sources (repository_id) where repository_id is not null;
