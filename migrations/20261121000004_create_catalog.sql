-- Where entities come from, with the last problem and the last good version of each.
create table catalog_sources (
    id             uuid primary key,
    -- `file` (import by the command line), `repository` (catalog-info.yaml on the default branch), `api` (registered by hand).
    kind           text not null check (kind in ('file', 'repository', 'api')),
    -- Path or URL, unique per kind.
    location       text not null,
    repository_id  uuid references repositories (id),
    -- sha of the commit and of the content of the last good version.
    good_commit    text,
    good_sha256    bytea,
    good_at        timestamptz,
    good_text      text,
    checked_at     timestamptz not null,
    -- [{line, column, field, message}]; empty when the newest version is good.
    problems       jsonb not null default '[]',
    unique (kind, location)
);

create table entities (
    id          uuid primary key,
    kind        text not null,
    namespace   text not null default 'default',
    name        text not null,
    title       text,
    description text,
    -- The whole document as written, unknown fields included.
    descriptor  jsonb not null,
    source_id   uuid references catalog_sources (id),
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    -- Removed from its file: a tombstone, history stays.
    removed_at  timestamptz
);
create unique index entities_by_reference on entities (lower(kind), lower(namespace), lower(name));
create index entities_by_source on entities (source_id);

-- Relations as the documents state them, one row per stated direction; the other direction is read from the same row.
create table relations (
    source_id        uuid not null references entities (id),
    -- `ownedBy partOf providesApi consumesApi dependsOn childOf memberOf hasMember ownerOf …`
    kind             text not null,
    -- Full reference in lower case: kind:namespace/name.
    target_ref       text not null,
    primary key (source_id, kind, target_ref)
);
create index relations_by_target on relations (target_ref, kind);

-- A service is a Component. Its slug is the name in the default namespace, else namespace~name.
create table services (
    id            uuid primary key references entities (id),
    slug          text not null unique,
    title         text not null,
    description   text,
    type          text,
    lifecycle     text,
    tier          smallint check (tier between 1 and 4),
    team_id       uuid references teams (id),
    repository_id uuid references repositories (id),
    -- Globs of a monorepo; empty means the whole repository.
    path_globs    text[] not null default '{}',
    health_url    text,
    links         jsonb not null default '[]',
    tags          text[] not null default '{}',
    created_at    timestamptz not null,
    removed_at    timestamptz
);
create index services_by_repository on services (repository_id);
create index services_by_team on services (team_id);

-- Who owned a service when: team figures use the owner at the time of the exposure.
create table service_owners (
    service_id uuid not null references services (id),
    team_id    uuid references teams (id),
    -- The first row starts at -infinity: the first owner known owned what came before.
    since      timestamptz not null,
    primary key (service_id, since)
);

-- One row per service with what the catalog list shows, kept by derive_service in its transaction.
create table service_state (
    service_id            uuid primary key references services (id),
    production_deploy_id  uuid,
    production_version    text,
    production_since      timestamptz,
    last_deploy_id        uuid,
    last_deploy_at        timestamptz,
    last_deploy_state     text,
    open_incidents        int not null default 0,
    worst_severity        smallint,
    -- `healthy degraded down unknown`: from open incidents and the last production deploy's outcome.
    health                text not null default 'unknown',
    undelivered_changes   int,
    derived_at            timestamptz not null
);
create index service_state_by_last_deploy on service_state (last_deploy_at desc nulls last, service_id);
