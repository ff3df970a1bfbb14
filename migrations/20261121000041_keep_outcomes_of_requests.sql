-- What a repeated Idempotency-Key gets is what the command gave the first time, written in the command's own transaction;
-- the HTTP status follows from it and is not kept. POST routes of /api/v1 read it.
alter table idempotency_keys drop column if exists status;
