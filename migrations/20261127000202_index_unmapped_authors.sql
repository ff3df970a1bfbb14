-- The list of authors of /admin/people whom nobody is mapped to, and the mapping of an address that was proved.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index commits_unmapped on commits (author_email) include (author_name) where author_person_id is null and author_email is not null;
-- squawk-ignore require-concurrent-index-creation
create index pull_request_commits_unmapped on pull_request_commits (author_email) where author_person_id is null and author_email is not null;
