insert into accounts (person_id, email, accepted_at, created_at) values ('00000000-0000-7000-8000-000000000001', 'lena@example.com', '2026-01-03Z', '2026-01-03Z');
insert into recovery_codes (person_id, sha256) values ('00000000-0000-7000-8000-000000000001', '\x03');
insert into grants (id, person_id, role, tiers, granted_at, granted_by) values ('00000000-0000-7000-8000-000000000016', '00000000-0000-7000-8000-000000000001', 'admin', '{1}', '2026-01-03Z', 'set-up');
insert into sessions (id_sha256, person_id, data, device, address, created_at, seen_at, idle_until, ends_at) values ('\x04', '00000000-0000-7000-8000-000000000001', '{}', 'Firefox', '127.0.0.1', '2026-01-03Z', '2026-01-03Z', '2026-01-04Z', '2026-01-10Z');
insert into single_use_links (sha256, purpose, created_at, expires_at) values ('\x05', 'set_up', '2026-01-03Z', '2026-01-04Z');
