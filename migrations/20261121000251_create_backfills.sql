-- Reading a repository's history: one row for each kind, with the page to read next. It is written in the transaction
-- of the page's facts, so that a reader that dies anywhere goes on where it was.
create table backfills (
    repository_id uuid not null references repositories (id),
    kind          text not null check (kind in ('pull_requests', 'deployments', 'releases')),
    state         text not null check (state in ('reading', 'done', 'failed')),
    since         timestamptz not null,
    next_page     bigint not null default 1,
    reached_at    timestamptz,
    rows_read     bigint not null default 0,
    calls         bigint not null default 0,
    -- Tries of the next page that failed for a reason that passes.
    attempts      bigint not null default 0,
    -- Not before this time: GitHub's budget, or a wait after it did not answer.
    resume_at     timestamptz,
    problem       text,
    started_at    timestamptz not null,
    updated_at    timestamptz not null,
    finished_at   timestamptz,
    primary key (repository_id, kind)
);
-- Which page is read next: each repository in turn.
create index backfills_reading on backfills (updated_at, repository_id, kind) where state = 'reading';
