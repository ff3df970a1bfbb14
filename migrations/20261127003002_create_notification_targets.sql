-- Where news go: channels of the organisation, and what each person chose for themselves. Read when something is told.
create table notification_targets (
    id         uuid primary key,
    -- Null: of the organisation.
    person_id  uuid references people (id),
    kind       text not null check (kind in ('slack', 'mail')),
    -- What people call it.
    name       text not null,
    -- Of mail, in lower case: an address that was proved to be the person's, or that an admin named.
    address    text,
    -- The webhook's whole address, which is the secret that lets in. Sealed: a byte for its form, eight for its key's id, 32 of salt,
    -- then the secret and its tag.
    secret     bytea,
    created_at timestamptz not null,
    check ((kind = 'mail') = (address is not null))
);
create index notification_targets_by_person on notification_targets (person_id);

-- What is told there.
create table notification_choices (
    target_id uuid not null references notification_targets (id) on delete cascade,
    topic     text not null,
    -- Only of services of this team; null: of every one that may be seen there.
    team_id   uuid references teams (id),
    unique nulls not distinct (target_id, topic, team_id)
);
-- Who is to be told of something.
create index notification_choices_by_topic on notification_choices (topic);
