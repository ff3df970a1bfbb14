-- Which rows of which figures people's corrections changed, put in or took out: every figure says how many. A deploy that a
-- correction excluded, or moved to another day, has no row in the figure any more, so this cannot be counted from the
-- deploys of a day. Derived like they are, by derive_service; read by the DORA page, /api/v1/dora and their CSV.

create table corrected_rows (
    deploy_id  uuid not null references deploys (id) on delete cascade,
    service_id uuid not null references services (id) on delete cascade,
    -- The owner at `at`: figures of a team.
    team_id    uuid references teams (id) on delete set null,
    metric     text not null check (metric in ('frequency', 'lead_time', 'change_fail_rate', 'recovery', 'rework')),
    -- `pr:<number>` or `commit:<sha>` where the figure's rows are changes.
    change     text,
    -- Exposure or full promotion: the day that has, or had, the row.
    at         timestamptz not null,
    by_bot     boolean not null
);

create index corrected_rows_by_time on corrected_rows (at);
-- A derivation replaces the rows of its deploys.
create index corrected_rows_by_deploy on corrected_rows (deploy_id);

-- What is corrected already; the next derivation of a service completes it.
insert into corrected_rows (deploy_id, service_id, team_id, metric, at, by_bot)
select d.id, d.service_id, d.team_id, m.metric, d.exposed_at, false
from deploys d cross join (values ('frequency'), ('change_fail_rate'), ('rework')) as m (metric)
where d.corrected and d.exposed_at is not null and (d.counted or d.not_counted_why = 'excluded');

-- Rollups no longer hold how many of their rows are corrected, and have another form. They are made again by the clock;
-- until then their days come from the rows.
delete from dora_days;
