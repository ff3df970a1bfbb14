insert into repository_listings (repository_id, visibility, listed_at) values ('00000000-0000-7000-8000-000000000003', 'private', '2026-01-03Z');
insert into repository_scans (started_at, finished_at, found) values ('2026-01-03Z', '2026-01-03Z', 1);
