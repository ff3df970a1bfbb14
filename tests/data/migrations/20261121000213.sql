insert into dora_days (scope, scope_id, day, time_zone, made_at, facts) values ('organisation', '00000000-0000-0000-0000-000000000000', '2026-01-04', 'Europe/Berlin', '2026-01-05Z', '\x00');
