insert into verify_checks (service_id, kind, enabled, measure, set_at) values ('00000000-0000-7000-8000-000000000006', 'down', true, 'max(up{version="{version}"})', '2026-01-03Z');
insert into rollback_rules (tier, symptom, threshold, hits, of_last, least_bad, least_requests, remedy) values (1, 'p99', 0.5, 2, 3, 0, 100, 'roll_back'), (1, 'minor_defect', null, null, null, null, null, 'fix_forward');
insert into verify_windows (tier, window_ms, step_ms, least_samples) values (1, 600000, 30000, 16);
