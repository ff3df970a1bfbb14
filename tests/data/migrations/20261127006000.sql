insert into policy_source (repository, path, repository_id, head, compared_at) values ('acme/payments-api', 'policies', '00000000-0000-7000-8000-000000000003', repeat('a', 40), '2026-01-05Z');
insert into policy_files (path, seen_blob, seen_at, good_commit, good_at) values ('policies/production.yaml', repeat('b', 40), '2026-01-05Z', repeat('a', 40), '2026-01-05Z');
