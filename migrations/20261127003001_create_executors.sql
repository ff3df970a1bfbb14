-- Who carries out the deploys of a service to an environment. Read when an order is sent, and by the page of the service.
create table executors (
    id             uuid primary key,
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    kind           text not null check (kind in ('github_actions', 'webhook')),
    -- Repository, workflow, ref and inputs; or the address.
    settings       jsonb not null,
    -- What orders are signed with, sealed: a byte for its form, eight for its key's id, 32 of salt, then the secret and its tag.
    secret         bytea,
    set_at         timestamptz not null,
    unique (service_id, environment_id)
);
create index executors_by_environment on executors (environment_id);
