-- Teams and members of organisations on GitHub, as the nightly reconcile read them. A team belongs to the catalog Group that
-- names it in `github.com/team-slug`. What GitHub has no more keeps its row with the time it was gone.
create table github_teams (
    github_id    bigint primary key,
    organisation text not null,
    slug         text not null,
    name         text not null,
    parent_id    bigint,
    fetched_at   timestamptz not null,
    removed_at   timestamptz
);
create index github_teams_by_slug on github_teams (lower(organisation), lower(slug));

create table github_team_members (
    team_id   bigint not null references github_teams (github_id),
    person_id uuid not null references people (id),
    primary key (team_id, person_id)
);
create index github_team_members_by_person on github_team_members (person_id);

create table github_members (
    organisation text not null,
    person_id    uuid not null references people (id),
    primary key (organisation, person_id)
);

create table github_organisations (
    login      text primary key check (login = lower(login)),
    fetched_at timestamptz not null,
    -- Why the last reading failed.
    problem    text
);
