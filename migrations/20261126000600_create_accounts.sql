-- People who sign in with a password, what they may do, and their sessions. Read by every request of a page (whose session is
-- it, and which roles), by /sign-in, /account and /admin/people.
create table accounts (
    person_id        uuid primary key references people (id),
    -- In lower case; what somebody types to sign in. It is not verified, so it maps no commit's author.
    email            text not null,
    -- Since when the person can sign in; null while an invitation waits.
    accepted_at      timestamptz,
    -- argon2id as a PHC string; null for an invitation that waits and for the demo's people.
    password_hash    text,
    password_set_at  timestamptz,
    -- 20 random bytes. Not sealed yet: whoever reads this table or a backup can compute the codes.
    totp_secret      bytea,
    -- Since when codes are asked for; a secret that nobody confirmed by a code asks for none.
    totp_since       timestamptz,
    -- The last step whose code was taken: no code is taken twice.
    totp_last_step   bigint not null default 0,
    disabled_at      timestamptz,
    created_at       timestamptz not null
);
create unique index accounts_by_email on accounts (email);

-- Codes for the day a phone is lost, each good once.
create table recovery_codes (
    person_id uuid not null references accounts (person_id),
    sha256    bytea not null,
    used_at   timestamptz,
    primary key (person_id, sha256)
);

-- What somebody may do: a role for the whole organisation or for one team, narrowed by tiers of services and classes of
-- environments (an empty list narrows nothing). Who has no row may do nothing.
create table grants (
    id         uuid primary key,
    person_id  uuid not null references accounts (person_id),
    role       text not null check (role in ('viewer', 'developer', 'approver', 'operator', 'admin')),
    team_id    uuid references teams (id),
    tiers      smallint[] not null default '{}',
    classes    text[] not null default '{}',
    granted_at timestamptz not null,
    granted_by text not null
);
create unique index grants_are_given_once on grants (person_id, role, team_id, tiers, classes) nulls not distinct;

-- Only the SHA-256 of a session's id is stored: who reads this table cannot take a session over.
create table sessions (
    id_sha256  bytea primary key,
    -- Null before the second step of signing in.
    person_id  uuid references accounts (person_id),
    data       jsonb not null,
    device     text not null,
    address    text not null,
    created_at timestamptz not null,
    seen_at    timestamptz not null,
    idle_until timestamptz not null,
    ends_at    timestamptz not null
);
create index sessions_by_person on sessions (person_id);
-- The daily job that drops what is over.
create index sessions_by_end on sessions (idle_until);

-- Links that let somebody in once: to set Fairway up, to accept an invitation, into the demo.
create table single_use_links (
    sha256     bytea primary key,
    purpose    text not null check (purpose in ('set_up', 'recovery', 'invitation', 'sign_in')),
    person_id  uuid references accounts (person_id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index single_use_links_by_person on single_use_links (person_id);
