-- What GitHub was shown of a drive: its deployment and its check run there, and the phase that each was shown last. Read before
-- anything is shown again, and when a deployment arrives from there: what Fairway made itself is no second deploy.
create table drive_showings (
    deploy_id      uuid primary key references drives (deploy_id),
    -- GitHub's numbers; none before they are known.
    deployment_id  bigint,
    check_run_id   bigint,
    deployment_key text,
    check_key      text
);
create index drive_showings_by_deployment on drive_showings (deployment_id);

-- The runs of Actions that orders of a drive started: a deployment that such a run makes is part of the drive.
create table drive_runs (
    run_id    bigint primary key,
    deploy_id uuid not null references drives (deploy_id)
);
create index drive_runs_by_drive on drive_runs (deploy_id);

-- Whether an earlier state of the same drive is still to be shown.
-- Built without "concurrently", which needs a migration outside of a transaction that may leave half an index behind.
-- squawk-ignore require-concurrent-index-creation
create index outbox_showing on outbox (target, created_at, id) where kind = 'show' and state = 'waiting';
