-- People own identities; a commit's author is matched by GitHub's numeric id or a verified e-mail, never by a name.
-- Read by deploy and change lists (who), written by every GitHub event that names a person.
create table people (
    id           uuid primary key,
    display_name text not null,
    login        text,
    is_bot       boolean not null default false,
    created_at   timestamptz not null
);

create table identities (
    -- `github` with the numeric id, `email` with a verified address in lower case.
    provider   text not null check (provider in ('github', 'email', 'oidc')),
    subject    text not null,
    person_id  uuid not null references people (id),
    created_at timestamptz not null,
    primary key (provider, subject)
);
create index identities_by_person on identities (person_id);

-- A team is a catalog Group. A team that is only referred to (an owner without its Group file) is not declared.
create table teams (
    id          uuid primary key,
    slug        text not null unique,
    title       text not null,
    description text,
    declared    boolean not null default false,
    created_at  timestamptz not null
);
