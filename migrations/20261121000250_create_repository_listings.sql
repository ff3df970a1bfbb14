-- What GitHub lists: the page of repositories, from which services are made and history is read.
create table repository_listings (
    repository_id uuid primary key references repositories (id),
    visibility    text not null check (visibility in ('public', 'internal', 'private')),
    fork          boolean not null default false,
    -- When a list last had it, and since when none has it any more. Its history stays.
    listed_at     timestamptz not null,
    gone_at       timestamptz,
    -- A person said that no service is to be made of it.
    ignored_at    timestamptz,
    -- When it was last compared with what events brought, and what they had not brought.
    looked_at     timestamptz,
    healed        bigint not null default 0
);
-- Which one is compared next.
create index repository_listings_by_look on repository_listings (looked_at nulls first) where gone_at is null;

-- The last look at GitHub's list; one row.
create table repository_scans (
    single      boolean primary key default true check (single),
    started_at  timestamptz not null,
    finished_at timestamptz,
    found       bigint not null default 0,
    problem     text
);
