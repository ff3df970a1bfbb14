-- API tokens: only the SHA-256 of the secret is stored; shown once when created.
create table tokens (
    id           uuid primary key,
    name         text not null,
    sha256       bytea not null unique,
    scopes       text[] not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

-- The answer given to each Idempotency-Key, written in the command's own transaction, so that a repeated request gets the
-- same answer and does nothing. The HTTP status follows from the answer and is not kept.
create table idempotency_keys (
    token_id     uuid not null references tokens (id),
    key          text not null check (length(key) between 1 and 255),
    request_sha256 bytea not null,
    answer       jsonb not null,
    created_at   timestamptz not null,
    primary key (token_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
