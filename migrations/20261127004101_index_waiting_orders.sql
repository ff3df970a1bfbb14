-- Orders to one executor are claimed one after the other: claiming looks whether an earlier one waits.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index outbox_orders on outbox (target, created_at, id) where state = 'waiting' and kind = 'execute';
