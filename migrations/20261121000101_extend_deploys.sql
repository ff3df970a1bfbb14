-- Deriving a service writes only what changed, so each deploy keeps a fingerprint of what was derived for it.
alter table deploys add column derived_fingerprint bigint;

-- A deployment that a person matched stays where they put it, whatever the rules say later.
alter table github_deployments add column matched_by_hand boolean not null default false;

-- Placing a job's deployment finds the other jobs of its run.
create index github_deployments_by_run on github_deployments (run_id, run_attempt) where run_id is not null;

-- Changes on the default branch that production does not have yet, oldest first: the service page's "waiting" list.
-- Derived, at most 200 a service; service_state.undelivered_changes holds the whole count.
create table undelivered_changes (
    service_id       uuid not null references services (id),
    index            int not null,
    change           text not null,
    pull_request_id  uuid references pull_requests (id),
    sha              text,
    title            text not null,
    author_person_id uuid references people (id),
    author_name      text,
    merged_at        timestamptz,
    primary key (service_id, index)
);

-- The bot filter of change lists needs no join.
alter table deploy_changes add column by_bot boolean not null default false;
