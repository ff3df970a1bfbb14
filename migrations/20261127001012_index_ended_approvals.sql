-- The page of the requests that are over, the last first.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index approval_requests_by_end on approval_requests (ended_at desc, id desc) where state <> 'pending';
