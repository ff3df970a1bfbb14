-- The rows behind fail rate and recovery on /dora/rows: a page of the failures that are still open walked over every
-- deployment of the year. One in twenty fails, so the index is small.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind; a
-- million deploys are read in about a second.
-- squawk-ignore require-concurrent-index-creation
create index deploys_failed_by_exposure on deploys (exposed_at desc, id desc) where counted and failed;
