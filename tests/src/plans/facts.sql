-- What the bench's data leaves out: facts behind the deploys, the inbox, the queue and the feed, each table longer than may
-- be read from end to end. Comes after bench/fill.sql, in the same transaction's snapshot of "now".
set session_replication_role = replica;

create temp table of_service as
select row_number() over (order by s.number) as n, s.id as service_id, s.repository_id, r.id as deploy_id, r.sha, r.environment_id
from services s
join lateral (select d.id, d.sha, d.environment_id from deploys d where d.service_id = s.id order by d.requested_at desc limit 1) r
    on true;
create temp table author as select id from people order by login limit 1;

insert into commits (repository_id, sha, message, authored_at, committed_at, author_person_id, landed_at, landed_index, landed_push)
select repository_id, case i when 3 then sha else md5(n || '/' || i) end, 'Change ' || n || ' step ' || i,
       now() - i * interval '1 day', now() - i * interval '1 day', author.id, now() - (4 - i) * interval '1 day', i, sha
from of_service, author, generate_series(1, 3) i;

insert into pushes (repository_id, before_sha, after_sha, git_ref, pushed_at, commit_count)
select repository_id, md5(n || '/' || i), md5(n || '/' || i + 1), 'refs/heads/main', now() - (4 - i) * interval '1 day', 1
from of_service, generate_series(1, 3) i;

insert into pull_requests (id, repository_id, number, title, state, author_person_id, head_ref, head_sha, base_ref,
                           merge_commit_sha, opened_at, ready_at, merged_at, closed_at, first_commit_at, commits_known, facts_as_of)
select gen_random_uuid(), repository_id, i, 'Rework part ' || i || ' of service ' || n,
       case when i = 3 and n % 100 = 0 then 'open' else 'merged' end, author.id, 'work-' || i, md5('h' || n || i), 'main',
       case when not (i = 3 and n % 100 = 0) then md5(n || '/' || i) end, at, at,
       case when not (i = 3 and n % 100 = 0) then at + interval '3 hours' end, null, at - interval '1 hour', true, at
from of_service, author, generate_series(1, 3) i, lateral (select now() - i * interval '1 day' - n * interval '1 minute' as at) a;

insert into pull_request_commits (pull_request_id, sha, index, authored_at, message)
select id, md5(id::text), 0, opened_at, title from pull_requests;

insert into workflow_runs (run_id, attempt, repository_id, name, head_sha, status, conclusion, started_at, facts_as_of)
select n * 10 + i, 1, repository_id, 'CI', sha, 'completed', 'success', now() - interval '1 day', now()
from of_service, generate_series(1, 2) i;

insert into github_releases (github_id, repository_id, tag, target, draft, prerelease, published_at, facts_as_of)
select n * 10 + i, repository_id, 'v0.' || i, sha, false, false, now() - interval '1 day', now()
from of_service, generate_series(1, 2) i;

-- One in a thousand belongs to no service yet.
insert into github_deployments (github_id, repository_id, environment_id, service_id, deploy_id, sha, git_ref, run_id,
                                run_attempt, created_at, facts_as_of)
select n * 10 + i, repository_id, environment_id, case when n % 1000 > 0 then service_id end,
       case when n % 1000 > 0 then deploy_id end, sha, 'main', n * 10 + i, 1, now() - n * interval '1 minute', now()
from of_service, generate_series(1, 2) i;
insert into github_deployment_statuses (github_id, deployment_id, state, created_at)
select github_id, github_id, 'success', created_at from github_deployments;

insert into incidents (id, service_id, title, severity, detected_at, mitigated_at, resolved_at, created_at)
select gen_random_uuid(), service_id, 'Slow answers', 3, at, at + interval '1 hour', at + interval '2 hours', at
from of_service, generate_series(1, 2) i, lateral (select now() - i * interval '30 days' - n * interval '1 minute' as at) a;
insert into incident_deploys (incident_id, deploy_id, confirmed, confidence, made_by, made_at)
select i.id, o.deploy_id, true, 1, 'person', now() from incidents i join of_service o on o.service_id = i.service_id;

insert into corrections (id, deploy_id, field, value, reason, made_by, made_at)
select gen_random_uuid(), deploy_id, 'planned', 'true', 'Said in the review.', 'person', now()
from of_service, generate_series(1, 2) i;

insert into undelivered_changes (service_id, index, change, sha, title, merged_at)
select service_id, i, 'commit:' || md5(n || '/' || i), md5(n || '/' || i), 'Change', now() from of_service, generate_series(0, 1) i;

-- The inbox of three days: nearly all of it done, as always.
insert into deliveries (id, received_at, source, delivery_id, event, action, body, status, attempts, repository, processed_at)
select gen_random_uuid(), at, 'github', 'delivery-' || n,
       (array['push', 'pull_request', 'deployment', 'deployment_status', 'workflow_run'])[1 + n % 5], 'created', '\x7b7d',
       case when n % 1500 = 0 then 'dead' when n <= 20 then 'received' when n % 3 = 0 then 'ignored' else 'processed' end,
       1, 'bench/service-' || 1 + n % 10000, at
from generate_series(1, 30000) n, lateral (select now() - n * interval '8 s' as at) a;
insert into delivery_keys (source, delivery_id, body_sha256, id, received_at)
select source, delivery_id, sha256(body), id, received_at from deliveries;

-- A queue that is behind: derivations that wait, a few that failed.
insert into graphile_worker._private_tasks (identifier) values ('derive_service'), ('process_delivery') on conflict do nothing;
insert into graphile_worker._private_jobs (task_id, payload, run_at, attempts, max_attempts, last_error)
select t.id, json_build_object('service', service_id), now() + interval '1 day', case when n % 500 = 0 then 25 else 0 end, 25,
       case when n % 500 = 0 then 'TaskError("the service is gone")' end
from of_service, graphile_worker._private_tasks t, generate_series(1, 2) i where t.identifier = 'derive_service';

insert into live_events (at, kind, service_id, deploy_id)
select now() - n * interval '1 s', 'deploy', service_id, deploy_id from of_service, generate_series(1, 2) i;

-- Drives of the newest deploys, of which some undo others, with what each was told.
insert into drives (deploy_id, service_id, environment_id, sha, strategy, weights, undoes, waivers, started_by, created_at, ended,
                    round, step, since, exposed, look_at)
select id, service_id, environment_id, sha, 'rolling', '{100}', case when n % 20 = 0 then gen_random_uuid() end, '[]', 'ada',
       requested_at, 'succeeded', 0, 0, requested_at, true, requested_at
from (select d.*, row_number() over (order by requested_at desc) as n from deploys d) d where n <= 30000;
insert into drive_phases (key, deploy_id, state, round, step, started_at, actor, evidence, effects)
select deploy_id || ':succeeded', deploy_id, 'succeeded', 0, 0, since, 'fairway', 'null', '[]' from drives;
insert into drive_inputs (deploy_id, subject, round, step, rank, value, told_at, told_by)
select deploy_id, 'backup', 0, 0, 1, json_build_object('told', 'report', 'value',
           json_build_object('outcome', 'succeeded', 'at', since, 'backup_id', 'snap-1')), since, 'ada'
from drives;
insert into drive_leases (service_id, environment_id, deploy_id, fence, renewed_at, expires_at)
select service_id, gen_random_uuid(), case i when 1 then deploy_id end, 1, now(), now() + interval '1 hour'
from of_service, generate_series(1, 2) i;

drop table of_service, author;
set session_replication_role = origin;
