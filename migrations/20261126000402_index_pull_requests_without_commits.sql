-- The clock asks for the own commits of pull requests that were merged while GitHub could not be asked. They are few, and were
-- looked for among all pull requests.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind; a
-- million pull requests are read in about a second.
-- squawk-ignore require-concurrent-index-creation
create index pull_requests_without_commits on pull_requests (merged_at desc) where merged_at is not null and not commits_known;
