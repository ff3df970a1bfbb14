-- Rollback drills: when each service has one, and what came of each. Read by the job that begins them, by the settings of a
-- service and by how ready it is to roll back.
create table drill_schedules (
    service_id     uuid primary key references services (id),
    environment_id uuid not null references environments (id),
    every_days     smallint not null check (every_days between 1 and 365),
    -- From and up to these times of the day, by the clock of the zone.
    window_from    time not null,
    window_to      time not null,
    zone           text not null,
    set_at         timestamptz not null
);

create table drills (
    id              uuid primary key,
    service_id      uuid not null references services (id),
    environment_id  uuid not null references environments (id),
    -- When the window opened in which it was begun or skipped; none where a person asked for it.
    slot            timestamptz,
    -- What ran, and runs again afterwards. Without a reference: a deploy of GitHub's may turn out to be part of another.
    ran_before      uuid,
    -- The drive that brings the last good release back, and the one that brings what ran before again.
    back_deploy_id  uuid references drives (deploy_id),
    again_deploy_id uuid references drives (deploy_id),
    begun_at        timestamptz not null,
    -- When the last good release ran, watched and good.
    stable_at       timestamptz,
    outcome         text check (outcome in ('passed', 'failed', 'skipped')),
    why             text,
    ended_at        timestamptz,
    check ((outcome is null) = (ended_at is null)),
    -- What was skipped touched nothing, what was not has its first leg.
    check ((back_deploy_id is null) = (outcome is not distinct from 'skipped'))
);
-- Each window has one turn, however many processes look.
create unique index drills_slots on drills (service_id, slot);
-- One at a time.
create unique index drills_open on drills (service_id) where outcome is null;
-- The drills of a service, the newest first.
create index drills_by_service on drills (service_id, begun_at desc);
-- The drill of a leg.
create unique index drills_back on drills (back_deploy_id);
create unique index drills_again on drills (again_deploy_id);
