-- A service of 1,200 pull requests, each merged, staged and deployed to production, with a canary's weights and a gate.
insert into repositories (id, github_id, owner, name, default_branch, facts_as_of, created_at)
values ('00000000-0000-7000-8000-00000000aaaa', 1, 'acme', 'busy', 'main', '2025-01-01Z', '2025-01-01Z');
insert into entities (id, kind, name, descriptor, created_at, updated_at)
values ('00000000-0000-7000-8000-00000000bbbb', 'Component', 'busy', '{}', '2025-01-01Z', '2025-01-01Z');
insert into services (id, slug, title, repository_id, created_at)
values ('00000000-0000-7000-8000-00000000bbbb', 'busy', 'Busy', '00000000-0000-7000-8000-00000000aaaa', '2025-01-01Z');
insert into environments (id, name, class, created_at)
values ('00000000-0000-7000-8000-00000000cc01', 'production', 'production', '2025-01-01Z'),
       ('00000000-0000-7000-8000-00000000cc02', 'staging', 'staging', '2025-01-01Z');
insert into people (id, login, display_name, created_at)
values ('00000000-0000-7000-8000-00000000dddd', 'ada', 'Ada', '2025-01-01Z');
insert into commits (repository_id, sha, message, authored_at, committed_at, author_person_id, paths, landed_at, landed_index,
    landed_push)
select '00000000-0000-7000-8000-00000000aaaa', md5('c' || n || '/' || i) || '00000000',
    'Commit ' || i || ' of change ' || n || E'\n\nWhy it is so, in two lines of the usual length that people write\nwhen they are asked.',
    timestamptz '2025-01-01Z' + n * interval '4 hours' - interval '1 hour', timestamptz '2025-01-01Z' + n * interval '4 hours',
    '00000000-0000-7000-8000-00000000dddd', array['src/main.rs', 'src/lib.rs'],
    timestamptz '2025-01-01Z' + n * interval '4 hours', i, md5('c' || n || '/2') || '00000000'
from generate_series(1, 1200) n, generate_series(0, 2) i;
insert into pushes (repository_id, before_sha, after_sha, git_ref, pushed_at, commit_count)
select '00000000-0000-7000-8000-00000000aaaa', md5('c' || n - 1 || '/2') || '00000000', md5('c' || n || '/2') || '00000000',
    'refs/heads/main', timestamptz '2025-01-01Z' + n * interval '4 hours', 3
from generate_series(1, 1200) n;
insert into pull_requests (id, repository_id, number, title, body, state, author_person_id, head_ref, head_sha, base_ref,
    merge_commit_sha, opened_at, ready_at, merged_at, closed_at, first_commit_at, commits_known, facts_as_of)
select gen_random_uuid(), '00000000-0000-7000-8000-00000000aaaa', n, 'Change ' || n, repeat('What it does. ', 20), 'merged',
    '00000000-0000-7000-8000-00000000dddd', 'work-' || n, md5('h' || n), 'main', md5('c' || n || '/2') || '00000000', at, at,
    at + interval '30 minutes', at + interval '30 minutes', at - interval '1 hour', true, at
from (select n, timestamptz '2025-01-01Z' + n * interval '4 hours' - interval '30 minutes' as at
      from generate_series(1, 1200) n) p;
insert into deploys (id, service_id, environment_id, key, source, repository_id, sha, version, created_at, requested_at)
select gen_random_uuid(), '00000000-0000-7000-8000-00000000bbbb', ('00000000-0000-7000-8000-00000000cc0' || e)::uuid,
    'run:' || n || e || '/1', 'github', '00000000-0000-7000-8000-00000000aaaa', md5('c' || n || '/2') || '00000000', '1.' || n,
    at, at
from (select n, e, timestamptz '2025-01-01Z' + n * interval '4 hours' + (3 - e) * interval '10 minutes' as at
      from generate_series(1, 1200) n, generate_series(1, 2) e) d;
insert into deploy_events (deploy_id, source_key, part, state, at)
select d.id, 'status:' || i, '1', s.state, d.created_at + i * interval '1 minute'
from deploys d, unnest(array['requested', 'awaiting_approval', 'deploy', 'succeeded']) with ordinality as s (state, i);
analyze;
