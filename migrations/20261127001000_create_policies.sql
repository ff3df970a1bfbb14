-- What has to be decided about a release, by the tier of its service, the class of its environment and its risk. Read whenever a
-- release asks for a decision, and by /admin/policies. The first that fits is taken, those in Git before those on the page.
create table policies (
    id         uuid primary key,
    name       text not null,
    origin     text not null check (origin in ('page', 'git')),
    position   int not null,
    -- Counts how often it was written: whoever saves an older one is told.
    version    int not null default 1,
    -- The document (`fairway.dev/v1`, kind `Policy`) in its one form.
    document   jsonb not null,
    updated_at timestamptz not null
);
-- A name is taken once on the page and once in Git, whose policy takes the other's place.
create unique index policies_by_name on policies (origin, lower(name));

-- What holds until somebody says otherwise.
insert into policies (id, name, origin, position, document, updated_at) values
    ('01930000-0000-7000-8000-000000001001', 'Critical services in production', 'page', 100, '{
        "apiVersion": "fairway.dev/v1", "kind": "Policy",
        "metadata": {"name": "Critical services in production",
                     "description": "Two people who neither asked for it nor wrote any of it."},
        "spec": {"match": {"tiers": [1, 2], "environments": ["production"]}, "minApprovals": 2,
                 "exclude": ["initiator", "commitAuthors"], "expiresIn": "1d"}}', now()),
    ('01930000-0000-7000-8000-000000001002', 'Production', 'page', 200, '{
        "apiVersion": "fairway.dev/v1", "kind": "Policy",
        "metadata": {"name": "Production", "description": "One person who did not ask for it."},
        "spec": {"match": {"environments": ["production"]}, "minApprovals": 1,
                 "exclude": ["initiator"], "expiresIn": "1d"}}', now()),
    ('01930000-0000-7000-8000-000000001003', 'Before production', 'page', 300, '{
        "apiVersion": "fairway.dev/v1", "kind": "Policy",
        "metadata": {"name": "Before production", "description": "Nobody is asked."},
        "spec": {"match": {"environments": ["staging", "development", "preview"]}, "minApprovals": 0,
                 "exclude": ["initiator"], "expiresIn": "1d"}}', now());
