-- Deploys that Fairway drives: where each stands, its phases, who has the environment, what it was told. Written by every step
-- of the loop; read by the job that makes the next one and by the page of a deploy.
create table drives (
    -- A drive is one attempt, and so is a deploy.
    deploy_id      uuid primary key references deploys (id),
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    -- The release as it was asked for: what people decide on never changes under them.
    sha            text,
    version        text,
    digest         text,
    strategy       text not null check (strategy in ('rolling', 'blue_green', 'canary')),
    weights        smallint[] not null,
    config_hash    text,
    plan_hash      text,
    -- What a rollback undoes, and why. Without a reference: a deploy of GitHub's may turn out to be part of another.
    undoes         uuid,
    reason         jsonb,
    -- Of a rollback: when what it undoes was seen to fail, and when the release before ran again. Between them lies the time to
    -- roll back.
    failure_seen_at timestamptz,
    rolled_back_at timestamptz,
    -- [{"item": …, "reason": …}]: what whoever asked goes on without.
    waivers        jsonb not null,
    started_by     text not null,
    created_at     timestamptz not null,

    -- The phase, until it ends; then how.
    phase          text check (phase in ('requested', 'prepare', 'awaiting_approval', 'backup', 'deploy', 'verify', 'confirm',
                                         'rolling_back')),
    ended          text check (ended in ('succeeded', 'rejected', 'expired', 'cancelled', 'superseded', 'lost', 'failed',
                                         'rolled_back')),
    round          smallint not null,
    step           smallint not null,
    since          timestamptz not null,
    -- {"binding": …, "evidence": …}: what people decided on.
    prepared       jsonb,
    exposed        boolean not null,
    -- What it waits for, or why it ended.
    why            text,
    -- When it looks by itself.
    look_at        timestamptz not null,
    check ((phase is null) <> (ended is null))
);
-- A deploy is undone once: by one at a time, and by none after one that worked.
create unique index drives_undoing on drives (undoes) where undoes is not null and (phase is not null or ended = 'succeeded');
-- The sweep takes up what is on its way and was not looked at.
create index drives_open on drives (look_at) where phase is not null;
-- The page of a deploy asks what undoes it, whether that is on its way, worked or failed.
create index drives_by_undone on drives (undoes, created_at desc) where undoes is not null;
-- The page of a service asks for its last rollback and its last backup.
create index drives_by_service on drives (service_id, created_at desc);

-- Who asked for a drive: whoever did it here, also through a token, and whom they named. None of them decides about it.
create table drive_initiators (
    deploy_id uuid not null references drives (deploy_id),
    ordinal   smallint not null,
    -- As with the parties of an approval: a machine keeps nobody from deciding, somebody unmapped keeps everybody.
    who       text not null check (who in ('person', 'machine', 'unmapped')),
    person_id uuid references people (id),
    name      text,
    primary key (deploy_id, ordinal),
    check ((who = 'person') = (person_id is not null))
);
-- Two rows of people that turn out to be one person.
create index drive_initiators_by_person on drive_initiators (person_id);

-- What each phase was entered with and what it ordered. The key is what makes entering it twice one entry, and what executors
-- name in their reports.
create table drive_phases (
    key         text primary key,
    deploy_id   uuid not null references drives (deploy_id),
    -- A phase, or the end.
    state       text not null,
    round       smallint not null,
    step        smallint not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    actor       text not null,
    evidence    jsonb not null,
    effects     jsonb not null
);
-- The phases of a deploy, in order.
create index drive_phases_by_drive on drive_phases (deploy_id, started_at);

-- Who has a service's environment: at most one drive. The row stays when nobody has it, so that the fence only ever grows
-- and an order of an older holder is known as one.
create table drive_leases (
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    deploy_id      uuid references drives (deploy_id),
    fence          bigint not null,
    renewed_at     timestamptz not null,
    expires_at     timestamptz not null,
    primary key (service_id, environment_id)
);
-- The sweep takes up drives whose process went away.
create index drive_leases_held on drive_leases (expires_at) where deploy_id is not null;
-- The page of a deploy asks under which number it has its environment.
create index drive_leases_by_drive on drive_leases (deploy_id) where deploy_id is not null;

-- What a drive was told: approvals, reports, verdicts, what people ask. The latest of the highest rank of each subject counts.
create table drive_inputs (
    deploy_id uuid not null references drives (deploy_id),
    subject   text not null,
    round     smallint not null,
    step      smallint not null,
    rank      smallint not null,
    value     jsonb not null,
    told_at   timestamptz not null,
    told_by   text not null,
    primary key (deploy_id, subject, round, step)
);

-- Which environments a release has to pass before another.
create table environment_upstreams (
    environment_id uuid not null references environments (id),
    upstream_id    uuid not null references environments (id),
    primary key (environment_id, upstream_id),
    check (environment_id <> upstream_id)
);
