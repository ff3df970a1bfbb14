-- Minor defects that people report of deploys: what follows is set by tier, and the release that is asked for next is linked as
-- the fix. Shown on the page of the deploy; a drive asks whether a person has to look at it first.
create table defects (
    deploy_id     uuid not null references deploys (id) on delete cascade,
    reported_at   timestamptz not null,
    -- In the words of whoever reported it; who that was stands in the audit trail.
    what          text not null,
    remedy        text not null check (remedy in ('roll_back', 'ask', 'fix_forward')),
    -- What was asked for after it, there.
    fix_deploy_id uuid references deploys (id) on delete set null,
    primary key (deploy_id, reported_at)
);
-- What is asked for looks for what it may fix, and a deploy that goes for what it is a fix of.
create index defects_open on defects (deploy_id) where fix_deploy_id is null;
create index defects_by_fix on defects (fix_deploy_id) where fix_deploy_id is not null;
