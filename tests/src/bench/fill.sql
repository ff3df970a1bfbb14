-- 10,000 services in 200 teams, 1,000,000 deploys over the last 12 months with 990,000 changes and 5,000,000 events:
-- the size that the speed promises are measured at, as derive_service would have written it. Same data every time, apart
-- from where "now" is. Fails on a database that has services already. The setting bench.deploys makes another number of
-- deploys of it, over the same 12 months.
set session_replication_role = replica;
set synchronous_commit = off;
set work_mem = '256MB';
set maintenance_work_mem = '512MB';

-- A uuid v7 of a time and a number, so that keys arrive in order as real ones do.
create function pg_temp.v7(at timestamptz, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
            || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;
-- A number in [0, 1) that looks random and is the same every time.
create function pg_temp.dice(n bigint, salt int) returns double precision language sql immutable as $$
    select (hashint8extended(n, salt) & 1048575) / 1048576.0
$$;
-- A skewed duration around a median, in whole milliseconds.
create function pg_temp.lasts(median double precision, n bigint, salt int) returns double precision language sql immutable as $$
    select round(median * 1000 * exp(1.1 * sqrt(-2 * ln(1 - pg_temp.dice(n, salt))) * cos(6.283185 * pg_temp.dice(n, salt + 100)))) / 1000
$$;

-- An index that is built at the end takes a fraction of the time that a million single entries take.
create temp table later as
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
where indrelid in ('deploys'::regclass, 'lead_times'::regclass, 'deploy_changes'::regclass, 'deploy_events'::regclass)
  and not exists (select from pg_constraint where conindid = i.indexrelid);
do $$ declare one record; begin
    for one in select * from later loop execute 'drop index ' || one.name; end loop;
end $$;

insert into teams (id, slug, title, declared, created_at)
select pg_temp.v7('2025-01-01', n), 'team-' || n, 'Team ' || n, true, '2025-01-01' from generate_series(1, 200) n;

insert into people (id, display_name, login, created_at)
select pg_temp.v7('2025-01-01', n), 'Person ' || n, 'person-' || n, '2025-01-01' from generate_series(1, 2000) n;

insert into environments (id, name, class, created_at)
select pg_temp.v7('2025-01-01', 1), 'production', 'production', '2025-01-01';

insert into repositories (id, github_id, owner, name, facts_as_of, created_at)
select pg_temp.v7('2025-01-01', n), n, 'bench', 'service-' || n, '2025-01-01', '2025-01-01' from generate_series(1, 10000) n;

insert into entities (id, kind, name, title, descriptor, created_at, updated_at)
select pg_temp.v7('2025-01-01', n), 'Component', 'service-' || n, 'Service ' || n,
       jsonb_build_object('apiVersion', 'backstage.io/v1alpha1', 'kind', 'Component',
                          'metadata', jsonb_build_object('name', 'service-' || n),
                          'spec', jsonb_build_object('type', 'service', 'lifecycle', 'production', 'owner', 'team-' || 1 + n % 200)),
       '2025-01-01', '2025-01-01'
from generate_series(1, 10000) n;

insert into services (id, slug, title, description, type, lifecycle, tier, team_id, repository_id, created_at)
select pg_temp.v7('2025-01-01', n), 'service-' || n, 'Service ' || n, 'Does its part of the work.', 'service', 'production',
       1 + n % 4, pg_temp.v7('2025-01-01', 1 + n % 200), pg_temp.v7('2025-01-01', n), '2025-01-01'
from generate_series(1, 10000) n;

insert into service_owners (service_id, team_id, since)
select id, team_id, '-infinity' from services;

insert into relations (source_id, kind, target_ref)
select pg_temp.v7('2025-01-01', n), 'ownedBy', 'group:default/team-' || 1 + n % 200 from generate_series(1, 10000) n
union all
select pg_temp.v7('2025-01-01', n), 'dependsOn', 'component:default/service-' || 1 + n * 7 % 10000 from generate_series(1, 10000) n;

-- Deploy n of a million goes to one of the services, every 31.5 s of the year. Three in a thousand are rollbacks,
-- one in twenty of the counted fails, one in twelve is unplanned.
create temp table plan as
select n, pg_temp.v7(at, n) as id, 1 + (hashint8(n) & 2147483647) % 10000 as service, at,
       pg_temp.dice(n, 1) < 0.003 as is_rollback, pg_temp.dice(n, 2) < 0.05 as fails,
       case when pg_temp.dice(n, 3) < 0.3 then pg_temp.lasts(5400, n, 4) end as approval,
       pg_temp.lasts(420, n, 5) as rollout, pg_temp.lasts(900, n, 6) as queue,
       pg_temp.lasts(26000, n, 7) as coding, pg_temp.lasts(18000, n, 8) as review
from (select n, date_trunc('milliseconds', now() - interval '365 days' + n * (interval '31500000 s' / deploys)) as at
      from (select coalesce(nullif(current_setting('bench.deploys', true), ''), '1000000')::int as deploys) asked,
           generate_series(1, deploys) n) numbered;

create temp table history as
select p.*, row_number() over of_service = 1 as is_first, lag(id) over of_service as replaces,
       at - make_interval(secs => rollout + coalesce(approval, 0)) as requested
from plan p window of_service as (partition by service order by n);

insert into deploys (id, service_id, environment_id, key, source, repository_id, sha, git_ref, version, run_id, run_attempt,
                     initiator_id, initiator_name, created_at, state, kind, requested_at, started_at, approval_seconds,
                     exposed_at, promoted_at, finished_at, replaces, rollback_of, team_id, counted, not_counted_why, baseline,
                     failed, failure_cause, failed_at, restored_at, restored_by, rework, change_count, derived_at)
select h.id, pg_temp.v7('2025-01-01', service), pg_temp.v7('2025-01-01', 1), 'run:' || n || '/1', 'github',
       pg_temp.v7('2025-01-01', service), md5(n::text) || substr(md5((n + 1)::text), 1, 8), 'main',
       'v1.' || n / 1000 || '.' || n % 1000, n, 1, pg_temp.v7('2025-01-01', 1 + n % 2000), 'person-' || 1 + n % 2000,
       requested, 'succeeded', case when is_rollback and not is_first then 'rollback' else 'normal' end, requested,
       requested + make_interval(secs => coalesce(approval, 0)), coalesce(approval, 0), at, at, at, replaces,
       case when is_rollback then replaces end, pg_temp.v7('2025-01-01', 1 + service % 200),
       not is_rollback or is_first, case when is_rollback and not is_first then 'rollback' end, is_first,
       fails and not is_rollback, case when fails and not is_rollback then 'rolled_back' end,
       case when fails and not is_rollback then at + make_interval(secs => pg_temp.lasts(400, n, 9)) end,
       case when fails and not is_rollback and pg_temp.dice(n, 10) < 0.98
            then at + make_interval(secs => pg_temp.lasts(400, n, 9) + pg_temp.lasts(1500, n, 11)) end,
       case when fails and not is_rollback then 'rollback' end,
       not is_rollback and pg_temp.dice(n, 12) < 0.083, case when is_first or is_rollback then 0 else 1 end, at
from history h order by n;

insert into lead_times (deploy_id, service_id, change, team_id, sha, title, author_person_id, author_name, first_commit_at,
                        ready_at, merged_at, promoted_at, coding_seconds, review_seconds, queue_seconds, approval_seconds,
                        rollout_seconds, lead_seconds, delivery_seconds, unknown)
select id, pg_temp.v7('2025-01-01', service), 'pr:' || n, pg_temp.v7('2025-01-01', 1 + service % 200), md5(n::text),
       'Change number ' || n, pg_temp.v7('2025-01-01', 1 + n % 2000), 'person-' || 1 + n % 2000,
       case when known then at - make_interval(secs => coding + review + queue + waited + rollout) end,
       at - make_interval(secs => review + queue + waited + rollout), at - make_interval(secs => queue + waited + rollout), at,
       case when known then coding end, review, queue, waited, rollout,
       case when known then round((coding + review + queue + waited + rollout) * 1000) / 1000 end,
       round((queue + waited + rollout) * 1000) / 1000, case when known then '{}'::text[] else '{first commit}' end
from (select *, coalesce(approval, 0) as waited, pg_temp.dice(n, 13) > 0.01 as known from history
      where not is_first and not is_rollback) changed
order by n;

insert into deploy_changes (deploy_id, index, change, sha, title, author_person_id, author_name)
select id, 0, 'pr:' || n, md5(n::text), 'Change number ' || n, pg_temp.v7('2025-01-01', 1 + n % 2000), 'person-' || 1 + n % 2000
from history where not is_first and not is_rollback order by n;

insert into deploy_events (deploy_id, source_key, part, state, at)
select id, 'status:' || n * 5 + step, 'deployment:' || n,
       (array['requested', 'awaiting_approval', 'deploy', 'deploy', 'succeeded'])[step],
       requested + (at - requested) * ((step - 1) / 4.0)
from history cross join generate_series(1, 5) step order by n, step;

create temp table latest as
select distinct on (service) service, id, n, at, min(at) filter (where is_first or not is_rollback) over (partition by service) as first
from history order by service, n desc;

insert into running (service_id, environment_id, deploy_id, since)
select pg_temp.v7('2025-01-01', service), pg_temp.v7('2025-01-01', 1), id, at from latest;

insert into incidents (id, service_id, title, severity, detected_at, created_at)
select pg_temp.v7(now(), n), pg_temp.v7('2025-01-01', n * 97), 'Elevated errors', 1 + n % 4, now() - n * interval '1 hour', now()
from generate_series(1, 100) n;

insert into service_state (service_id, production_deploy_id, production_version, production_since, last_deploy_id,
                           last_deploy_at, last_deploy_state, open_incidents, worst_severity, health, undelivered_changes, derived_at,
                           first_counted_at)
select pg_temp.v7('2025-01-01', l.service), l.id, 'v1.' || l.n / 1000 || '.' || l.n % 1000, l.at, l.id, l.at, 'succeeded',
       count(i.id), min(i.severity), case when count(i.id) > 0 then 'degraded' else 'healthy' end, 0, now(),
       l.first
from latest l left join incidents i on i.service_id = pg_temp.v7('2025-01-01', l.service)
group by l.service, l.id, l.n, l.at, l.first;

do $$ declare one record; begin
    for one in select * from later loop execute one.definition; end loop;
end $$;
drop table plan, history, latest, later;
set session_replication_role = origin;
