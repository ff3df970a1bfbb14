-- Whoever is named by their login: by a step of a workflow, by a request for a deploy, by who merges two rows of a person, and as
-- co-author in a message.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index people_by_login on people (lower(login));
