-- Incidents as facts for change fail rate and recovery; pages come later. Posted through the API for now.
create sequence incident_numbers;
create table incidents (
    id           uuid primary key,
    number       bigint not null unique default nextval('incident_numbers'),
    -- The sender's own identity: the same incident posted again updates its row.
    external_id  text unique,
    service_id   uuid not null references services (id),
    title        text not null,
    severity     smallint not null check (severity between 1 and 4),
    detected_at  timestamptz not null,
    triaged_at   timestamptz,
    mitigated_at timestamptz,
    resolved_at  timestamptz,
    reviewed_at  timestamptz,
    url          text,
    created_at   timestamptz not null
);
create index incidents_open on incidents (service_id) where mitigated_at is null and resolved_at is null;
create index incidents_by_service on incidents (service_id, detected_at desc);

-- Links between incident and deploy. Only confirmed ones count; those by time alone are suggestions.
create table incident_deploys (
    incident_id  uuid not null references incidents (id) on delete cascade,
    deploy_id    uuid not null references deploys (id) on delete cascade,
    confirmed    boolean not null,
    confidence   real not null check (confidence between 0 and 1),
    made_by      text not null,
    made_at      timestamptz not null,
    primary key (incident_id, deploy_id)
);
create index incident_deploys_by_deploy on incident_deploys (deploy_id);
