-- The canaries of a release, newest first: each request for a decision about it shows what they found.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index drives_canaries on drives (service_id, created_at desc) where strategy = 'canary';
