-- Accounts of programs: a role bounds their tokens as it bounds people's. And which workflows may exchange a token that
-- GitHub Actions signs for one of ours. Read by /admin/tokens, by every request of such a token and by every exchange.
create table service_accounts (
    id          uuid primary key,
    name        text not null,
    about       text not null,
    -- What only people decide, no token may: neither approver nor admin.
    role        text not null check (role in ('viewer', 'developer', 'operator')),
    team_id     uuid references teams (id),
    created_at  timestamptz not null,
    disabled_at timestamptz
);
create unique index service_accounts_by_name on service_accounts (lower(name));

-- What a verified token must say to be exchanged, and what it is exchanged for. Null asks nothing.
create table trust_rules (
    id                 uuid primary key,
    service_account_id uuid not null references service_accounts (id),
    issuer             text not null,
    audience           text not null,
    repository         text not null,
    workflow           text,
    git_ref            text,
    environment        text,
    scopes             text[] not null,
    environments       text[] not null,
    classes            text[] not null,
    created_at         timestamptz not null
);
-- An exchange asks for the rules of a repository.
create index trust_rules_by_repository on trust_rules (lower(repository));

-- Tokens of an issuer that were exchanged, so that none is exchanged twice: SHA-256 of issuer and id, until the token is over.
create table exchanged_tokens (
    sha256     bytea primary key,
    expires_at timestamptz not null
);
