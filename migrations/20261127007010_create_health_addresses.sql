-- What is asked for a service's health in one environment, where a person set it; elsewhere the address of its catalog file is.
-- Read when a watch begins, before a drive touches anything, and by the service's settings.
create table health_addresses (
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    url            text not null,
    set_at         timestamptz not null,
    primary key (service_id, environment_id)
);
