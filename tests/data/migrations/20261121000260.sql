insert into live_events (at, kind, service_id, deploy_id) values
    ('2026-11-20T10:00:00Z', 'deploy', '00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000007'),
    ('2026-11-20T10:00:00Z', 'catalog', null, null);
