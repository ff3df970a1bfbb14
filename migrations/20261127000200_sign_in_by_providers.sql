-- People who sign in at a provider: what is shown of their identities, the groups that the provider named last, and which groups
-- have which roles. Read by signing in, by the job that asks again every 15 minutes, /admin/sign-in, /admin/people/{id} and
-- /account.
-- An identity `oidc` has the issuer and the subject with a space between as its subject.
alter table identities add column label text;
alter table identities add column signed_in_at timestamptz;

create table identity_groups (
    provider   text not null,
    subject    text not null,
    group_name text not null,
    primary key (provider, subject, group_name),
    foreign key (provider, subject) references identities (provider, subject) on delete cascade
);

create table sign_in_rules (
    id         uuid primary key,
    provider   text not null check (provider in ('github', 'oidc')),
    group_name text not null,
    role       text not null check (role in ('viewer', 'developer', 'approver', 'operator', 'admin')),
    team_id    uuid references teams (id),
    tiers      smallint[] not null default '{}',
    classes    text[] not null default '{}',
    made_at    timestamptz not null,
    made_by    text not null
);
create unique index sign_in_rules_are_made_once on sign_in_rules (provider, group_name, role, team_id, tiers, classes) nulls not distinct;

-- A grant that a rule gave goes when its person is in none of the rule's groups any more; one that an admin gave stays.
alter table grants add column by_rule boolean not null default false;
