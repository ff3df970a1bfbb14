-- Requests for a decision about one release in one environment, who must not decide, what was decided and what waits for it. Read
-- by /approvals, and by whatever waits. Another migration guards them against whoever writes past the commands.
create table approval_requests (
    id             uuid primary key,
    service_id     uuid not null references services (id),
    environment_id uuid not null references environments (id),
    sha            text,
    version        text,
    digest         text,
    config         text,
    terraform_plan text,
    -- Hash of how Fairway carries it out: shares of the traffic, and what is waived.
    terms          text,
    -- SHA-256 over service, environment and the six above but the version: what is approved.
    binding        bytea not null check (length(binding) = 32),
    -- The policy as it was when it asked, and what it asked for.
    policy         jsonb not null,
    needs          jsonb not null,
    -- How many people must approve.
    needed         int not null check (needed between 0 and 100),
    -- The evidence when it was opened.
    card           jsonb not null,
    opened_at      timestamptz not null,
    deadline       timestamptz not null check (deadline > opened_at),
    state          text not null default 'pending'
                   check (state in ('pending', 'approved', 'rejected', 'expired', 'void', 'bypassed')),
    ended_at       timestamptz,
    ended_why      text,
    check ((state = 'pending') = (ended_at is null))
);
-- One request for one release, however many jobs wait; and the sweep of those whose time is over.
create unique index approval_requests_open on approval_requests (service_id, environment_id, binding) where state = 'pending';
create index approval_requests_by_deadline on approval_requests (deadline, id) where state = 'pending';
-- The page of all requests, and those of one service.
create index approval_requests_by_time on approval_requests (opened_at desc, id desc);
create index approval_requests_by_service on approval_requests (service_id, environment_id, opened_at desc);

-- Who has a part in the release and must not decide: the initiator, and the authors where the policy excludes them.
create table approval_parties (
    request_id uuid not null references approval_requests (id),
    ordinal    int not null,
    part       text not null check (part in ('initiator', 'author')),
    -- A machine keeps nobody from deciding; somebody unmapped keeps everybody.
    who        text not null check (who in ('person', 'machine', 'unmapped')),
    person_id  uuid references people (id),
    -- What a machine or somebody unmapped is called; of a person it stands with them.
    name       text,
    primary key (request_id, ordinal),
    check ((who = 'person') = (person_id is not null))
);
create index approval_parties_by_person on approval_parties (person_id);

-- One decision of each person about each request, with what they saw. Never changed.
create table approval_decisions (
    id         uuid primary key,
    request_id uuid not null references approval_requests (id),
    person_id  uuid not null references people (id),
    -- Whoever decides is a person; what else may write here says what it is and is refused.
    actor_kind text not null check (actor_kind = 'person'),
    verdict    text not null check (verdict in ('approve', 'reject')),
    reason     text check (length(reason) between 3 and 2000),
    -- Names of the rules by which they were asked.
    rules      text[] not null,
    binding    bytea not null,
    card       jsonb not null,
    decided_at timestamptz not null,
    check (verdict = 'approve' or reason is not null)
);
create unique index approval_decisions_are_one_of_each on approval_decisions (request_id, person_id);
create index approval_decisions_by_person on approval_decisions (person_id, decided_at desc);

-- What waits for a request: a deploy that Fairway drives, a run at GitHub, a step of a workflow. Released once.
create table approval_gates (
    id               uuid primary key,
    request_id       uuid not null references approval_requests (id),
    kind             text not null check (kind in ('drive', 'github', 'step')),
    -- `drive:<id>`, `github:<run>/<attempt>/<environment>`, `step:<run>/<attempt>/<job>`
    key              text not null,
    details          jsonb not null,
    created_at       timestamptz not null,
    released_at      timestamptz,
    released_binding bytea,
    check ((released_at is null) = (released_binding is null))
);
create unique index approval_gates_by_key on approval_gates (key);
create index approval_gates_by_request on approval_gates (request_id);

-- Somebody went on without a decision; another person must look at that within a day.
create table approval_reviews (
    request_id  uuid primary key references approval_requests (id),
    broken_by   uuid not null references people (id),
    reason      text not null check (length(reason) between 3 and 2000),
    broken_at   timestamptz not null,
    due_at      timestamptz not null,
    reviewed_by uuid references people (id),
    verdict     text check (verdict in ('justified', 'unjustified')),
    note        text check (length(note) between 3 and 2000),
    reviewed_at timestamptz,
    check ((reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (verdict is null)
           and (reviewed_at is null) = (note is null))
);
create index approval_reviews_open on approval_reviews (due_at) where reviewed_at is null;
create index approval_reviews_by_breaker on approval_reviews (broken_by);
create index approval_reviews_by_reviewer on approval_reviews (reviewed_by);

-- What became of each request, for whatever follows: taken once.
create table approval_outcomes (
    request_id uuid not null references approval_requests (id),
    state      text not null check (state in ('approved', 'rejected', 'expired', 'void', 'bypassed')),
    at         timestamptz not null,
    taken_at   timestamptz,
    primary key (request_id, state)
);
create index approval_outcomes_open on approval_outcomes (at) where taken_at is null;
