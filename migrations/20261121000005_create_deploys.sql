-- Environment names of the organisation and their class. Changing a class derives again what depends on it.
create table environments (
    id            uuid primary key,
    name          text not null,
    class         text not null check (class in ('production', 'staging', 'development', 'preview')),
    class_by_hand boolean not null default false,
    created_at    timestamptz not null
);
create unique index environments_by_name on environments (lower(name));

-- Rules that say which service a deployment belongs to where a repository has several. Made on /admin/unmatched.
create table matching_rules (
    id            uuid primary key,
    repository_id uuid not null references repositories (id),
    -- Which text is compared, case-insensitively: environment name, workflow name or path, `payload.service`, task.
    field         text not null check (field in ('environment', 'workflow', 'payload', 'task')),
    pattern       text not null,
    service_id    uuid not null references services (id),
    created_at    timestamptz not null,
    unique (repository_id, field, pattern)
);

-- One attempt to take one release to one environment. The first block is facts, the second is derived from them (and
-- from deploy_events, corrections, incidents and commits) by derive_service and can be computed again at any time.
create table deploys (
    id                uuid primary key,
    service_id        uuid not null references services (id),
    environment_id    uuid not null references environments (id),
    -- Identity within the service and environment: `run:<id>/<attempt>`, `deployment:<id>` or `api:<key>`.
    key               text not null,
    source            text not null check (source in ('github', 'api')),
    mode              text not null default 'observed' check (mode in ('observed', 'driven')),
    repository_id     uuid references repositories (id),
    sha               text,
    git_ref           text,
    version           text,
    digest            text,
    strategy          text not null default 'rolling' check (strategy in ('rolling', 'blue_green', 'canary')),
    stated_kind       text check (stated_kind in ('normal', 'hotfix', 'rollback', 'config', 'retry')),
    stated_rollback_of uuid,
    initiator_id      uuid references people (id),
    initiator_name    text,
    run_id            bigint,
    run_attempt       int,
    log_url           text,
    environment_url   text,
    description       text,
    created_at        timestamptz not null,

    state             text not null default 'requested',
    kind              text not null default 'normal',
    requested_at      timestamptz,
    started_at        timestamptz,
    approval_seconds  double precision,
    exposed_at        timestamptz,
    promoted_at       timestamptz,
    finished_at       timestamptz,
    replaces          uuid,
    rollback_of       uuid,
    superseded_by     uuid,
    rolled_back_by    uuid,
    -- The team that owned the service at exposure.
    team_id           uuid references teams (id),
    counted           boolean not null default false,
    not_counted_why   text,
    baseline          boolean not null default false,
    failed            boolean not null default false,
    failure_cause     text,
    failed_at         timestamptz,
    restored_at       timestamptz,
    restored_by       text,
    rework            boolean not null default false,
    corrected         boolean not null default false,
    change_count      int,
    -- Why the changes are not (all) known; null when they are.
    changes_unknown   text,
    derived_at        timestamptz,
    unique (service_id, environment_id, key)
);
-- Deploy history of a service, newest first; and the whole organisation's timeline.
create index deploys_by_service on deploys (service_id, requested_at desc, id desc);
create index deploys_by_time on deploys (requested_at desc, id desc);
create index deploys_by_environment on deploys (environment_id, requested_at desc, id desc);
-- DORA: the counted set by exposure; the one denominator of every rate.
create index deploys_counted on deploys (exposed_at) include (service_id, team_id, failed, rework, restored_at) where counted;
create index deploys_counted_by_service on deploys (service_id, exposed_at) where counted;
-- Deploys in flight, for the rail and the lost sweep.
create index deploys_open on deploys (requested_at) where finished_at is null;

-- What was reported about a deploy, once each. The state of a deploy is a pure function of these.
create table deploy_events (
    deploy_id   uuid not null references deploys (id) on delete cascade,
    -- `status:<github id>`, `deployment:<github id>`, `api:<idempotency key or number>`
    source_key  text not null,
    -- Which of the deploy's jobs or deployments said it; a deploy is done when all its parts are.
    part        text not null,
    state       text not null,
    at          timestamptz not null,
    -- Said explicitly whether users were exposed; null when the state alone says it.
    exposed     boolean,
    -- Canary weight in percent, when the event is a step.
    weight      smallint,
    note        text,
    primary key (deploy_id, source_key)
);

-- GitHub deployments as they were reported; without service_id they wait at /admin/unmatched and count nowhere.
create table github_deployments (
    github_id       bigint primary key,
    repository_id   uuid not null references repositories (id),
    environment_id  uuid not null references environments (id),
    service_id      uuid references services (id),
    deploy_id       uuid references deploys (id),
    sha             text not null,
    git_ref         text not null,
    task            text,
    payload         jsonb,
    description     text,
    creator_id      uuid references people (id),
    creator_name    text,
    run_id          bigint,
    run_attempt     int,
    workflow        text,
    created_at      timestamptz not null,
    facts_as_of     timestamptz not null
);
create index github_deployments_unmatched on github_deployments (created_at desc) where service_id is null;
create index github_deployments_by_repository on github_deployments (repository_id, created_at);
create index github_deployments_by_deploy on github_deployments (deploy_id);

create table github_deployment_statuses (
    github_id       bigint primary key,
    deployment_id   bigint not null references github_deployments (github_id),
    state           text not null,
    description     text,
    log_url         text,
    environment_url text,
    created_at      timestamptz not null
);
create index github_deployment_statuses_by_deployment on github_deployment_statuses (deployment_id);

-- What a person said about a deploy, with a reason. Undoing writes `undone_at`; nothing is deleted.
create table corrections (
    id         uuid primary key,
    deploy_id  uuid not null references deploys (id),
    -- `kind` (value: normal hotfix config retry rollback), `exclude`, `planned` (a rollback that was planned),
    -- `exposed` (value: a time, or `never`), `fixes` (value: id of the deploy that this one fixes), `failed` (value: true/false)
    field      text not null check (field in ('kind', 'exclude', 'planned', 'exposed', 'fixes', 'failed')),
    value      text not null,
    reason     text not null check (length(reason) between 3 and 2000),
    made_by    text not null,
    made_at    timestamptz not null,
    undone_by  text,
    undone_at  timestamptz,
    undone_why text
);
create index corrections_by_deploy on corrections (deploy_id);

-- The changes a deploy carried to production for the first time, with the stages of each. Derived.
-- Durations in seconds; null is unknown and `unknown` names what is missing. Their sum is lead_seconds.
create table lead_times (
    deploy_id        uuid not null references deploys (id) on delete cascade,
    service_id       uuid not null references services (id),
    -- `pr:<number>` or `commit:<sha>`
    change           text not null,
    team_id          uuid references teams (id),
    pull_request_id  uuid references pull_requests (id),
    sha              text,
    title            text not null,
    author_person_id uuid references people (id),
    author_name      text,
    by_bot           boolean not null default false,
    first_commit_at  timestamptz,
    ready_at         timestamptz,
    merged_at        timestamptz,
    promoted_at      timestamptz not null,
    coding_seconds   double precision,
    review_seconds   double precision,
    queue_seconds    double precision,
    approval_seconds double precision,
    rollout_seconds  double precision,
    lead_seconds     double precision,
    delivery_seconds double precision,
    unknown          text[] not null default '{}',
    primary key (deploy_id, change)
);
create index lead_times_by_promotion on lead_times (promoted_at);
create index lead_times_by_service on lead_times (service_id, promoted_at);
create index lead_times_by_pull_request on lead_times (pull_request_id);

-- Every change of any deploy to any environment, for "what went out" (production first deliveries are in lead_times too).
create table deploy_changes (
    deploy_id       uuid not null references deploys (id) on delete cascade,
    index           int not null,
    change          text not null,
    pull_request_id uuid references pull_requests (id),
    sha             text,
    title           text not null,
    author_person_id uuid references people (id),
    author_name     text,
    primary key (deploy_id, index)
);
create index deploy_changes_by_pull_request on deploy_changes (pull_request_id);

-- What runs where now, one row per service and environment. Derived.
create table running (
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    deploy_id      uuid not null references deploys (id) on delete cascade,
    since          timestamptz not null,
    primary key (service_id, environment_id)
);
